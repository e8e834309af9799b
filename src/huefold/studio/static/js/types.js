// @ts-check
/**
 * Shapes of what the server sends and what the store holds; nothing here runs.
 *
 * @typedef {{kind: 'linear', x1: number, y1: number, x2: number, y2: number,
 *   stops: [number, string, number][]}} LinearFill
 * @typedef {{kind: 'radial', cx: number, cy: number, r: number, fx: number, fy: number,
 *   stops: [number, string, number][]}} RadialFill
 * @typedef {string | LinearFill | RadialFill} Fill
 * @typedef {{id: string, role: 'structural' | 'detail' | 'background', name: string | null, d: string,
 *   rule: 'nonzero' | 'evenodd', opacity: number, fill: Fill, nodes: number}} ScenePath
 * @typedef {{width: number, height: number, background: string | null, paths: ScenePath[],
 *   bytes: number, nodes: number}} SceneData
 *
 * @typedef {{order: string[] | null, hidden: string[], deleted: string[], locked: string[],
 *   fills: Record<string, string>, names: Record<string, string>}} Edits
 *
 * @typedef {'waiting' | 'running' | 'done' | 'failed' | 'cancelled'} JobStatus
 * @typedef {{id: string, project: string, status: JobStatus, position: number, stage: string,
 *   fraction: number, overall: number, message: string, created: number | string, started: number | string | null,
 *   finished: number | string | null, error: {code: string, message: string} | null,
 *   report: Record<string, any> | null, options: Record<string, any>, has_drawing: boolean}} Job
 *
 * @typedef {{id: string, name: string, width: number, height: number, created: number | string,
 *   opened: number | string, options: Record<string, any>, edits: Edits | null, has_map: boolean,
 *   map_version: number, job: Job | null, result: string | null, before: string | null}} Project
 *
 * @typedef {{version: string, workers: number, queue: {running: number, waiting: number},
 *   disk: {used: number, limit: number}, limits: {bytes: number, pixels: number},
 *   samples: {name: string, title: string}[], prompt: {available: boolean, how: string},
 *   presets: string[], token_required: boolean}} Status
 *
 * @typedef {{name: string, group: string, label: string, help: string,
 *   kind: 'integer' | 'number' | 'choice' | 'switch' | 'color' | 'text' | 'texts', default: any,
 *   minimum: number | null, maximum: number | null, choices: string[] | null}} OptionInfo
 *
 * @typedef {{width: number, height: number, finest: number, merges: [number, number][],
 *   colors: [number, number, number][]}} Levels
 */

export {};
