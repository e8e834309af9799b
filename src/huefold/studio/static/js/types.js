// @ts-check
/**
 * Shapes of what the server sends, what the store holds and what parts of the page are given; nothing here runs.
 *
 * Drawings:
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
 * @typedef {{width: number, height: number, finest: number, merges: [number, number][],
 *   colors: [number, number, number][]}} Levels
 *
 * Options, those by name that the page has controls of its own for:
 *
 * @typedef {string | number | boolean | readonly string[] | readonly number[]} OptionValue
 * @typedef {{paths?: number, nodes?: number, bytes?: number, psnr?: number, structural_ratio?: number,
 *   focus?: number, saliency?: 'noise' | 'auto' | 'map', prompt?: readonly string[], avoid?: readonly string[],
 *   preset?: string, [name: string]: OptionValue | undefined}} Options
 * @typedef {{[Name in keyof Options]: Options[Name] | null}} OptionsPatch null: the default
 *
 * @typedef {{name: string, group: string, label: string, help: string, minimum: number | null,
 *   maximum: number | null, choices: string[] | null}} OptionAbout
 * @typedef {OptionAbout & (
 *   {kind: 'integer' | 'number', default: number | null} | {kind: 'choice' | 'color', default: string} |
 *   {kind: 'switch', default: boolean} | {kind: 'texts', default: string[]} |
 *   {kind: 'text', default: string | null})} OptionInfo
 *
 * Jobs, projects and the server itself; times are seconds since 1970:
 *
 * @typedef {'waiting' | 'running' | 'done' | 'failed' | 'cancelled'} JobStatus
 * @typedef {{paths: {asked: number, drawn: number}, nodes: number, bytes: number,
 *   fidelity: {psnr: number | null}, stopped: 'cancelled' | 'time limit' | null,
 *   budget: {met: boolean} | null}} Report of a finished drawing, as far as the page tells of it
 * @typedef {{id: string, project: string, status: JobStatus, position: number | null, stage: string,
 *   fraction: number, overall: number, message: string, created: number, started: number | null,
 *   finished: number | null, error: {code: string, message: string, field?: string | null} | null,
 *   report: Report | null, options: Options, has_drawing: boolean}} Job
 *
 * @typedef {{id: string, name: string, width: number, height: number, created: number, opened: number,
 *   options: Options, edits: Partial<Edits> | null, has_map: boolean, map_version: number, job: Job | null,
 *   result: string | null, before: string | null}} Project its id is empty while the photo is on its way
 * @typedef {{name?: string, options?: Options, edits?: Edits, result?: string,
 *   drawing?: string}} ProjectPatch
 *
 * @typedef {{version: string, workers: Record<string, string>, queue: Record<string, number>,
 *   disk: {used: number, limit: number}, limits: {bytes: number, pixels: number},
 *   samples: {name: string, title: string}[], prompt: {available: boolean, how: string},
 *   presets: string[], token_required: boolean}} Status
 *
 * @typedef {{source: 'auto'} | {source: 'prompt', prompt: string[], avoid?: string[]}} SaliencyRequest
 * @typedef {{photo?: Blob, sample?: string, project?: Blob, name?: string}} NewProject a photo, a sample or a
 *   project file
 *
 * What the store holds:
 *
 * @typedef {'brush' | 'erase' | 'region' | 'box' | 'lasso' | 'select' | 'pan'} ToolName
 * @typedef {'photo' | 'drawing' | 'compare' | 'error' | 'structure' | 'outlines'} ViewName
 * @typedef {'paint' | 'words' | 'auto' | 'none'} GuideMode
 * @typedef {'auto' | 'light' | 'dark'} Theme
 * @typedef {'guide' | 'layers' | 'palette'} PanelName
 * @typedef {{size: number, hardness: number, strength: number}} Brush size in CSS pixels; the others in [0, 1]
 * @typedef {{id: string, options: Options, report: Report | null, mapVersion: number,
 *   stopped: boolean}} Drawn the job whose drawing is shown, and the map's version with which it was drawn
 * @typedef {{kind: import('./ui/message.js').MessageKind, text: string, where: string}} Told
 *   `where` it belongs: "photo", "stage", "guide", "run", "save", or the name of an option
 *
 * @typedef {object} Fields
 * @property {Status | null} status of the server, as it last answered
 * @property {boolean} online whether it answers
 * @property {readonly OptionInfo[]} optionInfos
 * @property {Project | null} project the open one
 * @property {number | null} upload how much of a photo is sent, in [0, 1]; null where none is on its way
 * @property {ToolName} tool
 * @property {Brush} brush
 * @property {{visible: boolean, opacity: number}} overlay how the map is shown
 * @property {number} mapVersion grows with each change of the map
 * @property {boolean} mapEmpty
 * @property {boolean} canUndo
 * @property {boolean} canRedo
 * @property {string | null} undoLabel
 * @property {string | null} redoLabel
 * @property {Options} options that the user set; others have their defaults
 * @property {GuideMode} guideMode
 * @property {boolean} finding whether what matters is being looked for
 * @property {number | null} foundVersion of the map as it was found; -1 where it was painted on since, in an
 *   earlier visit
 * @property {GuideMode | null} foundBy
 * @property {boolean} starting whether a job is being sent
 * @property {string | null} cancelling id of the job that is asked to stop
 * @property {Job | null} job the newest one
 * @property {SceneData | null} base the drawing without its edits
 * @property {SceneData | null} scene the drawing with its edits
 * @property {boolean} sceneFinal whether it is a finished drawing, not a preview
 * @property {Drawn | null} drawn
 * @property {boolean} turning whether another drawing of the project is about to be shown
 * @property {Edits} edits
 * @property {readonly string[]} selection ids of shapes
 * @property {ViewName} view
 * @property {number | null} level how many regions are previewed
 * @property {number} zoom
 * @property {Theme} theme
 * @property {PanelName} panel
 * @property {Told | null} message
 * @typedef {Readonly<Fields>} State
 *
 * What parts of the page are given, each a little more than the one before:
 *
 * @typedef {typeof import('./api.js')} Api
 * @typedef {{api: Api, history: import('./flow/history.js').History, announce: (text: string) => void,
 *   notify: import('./ui/message.js').Notifier['notify'], showKeys: () => void}} CanvasContext
 * @typedef {CanvasContext & {canvas: import('./canvas/canvas.js').Canvas}} FlowContext
 * @typedef {FlowContext & {flow: import('./flow/flow.js').Flow}} Context
 */

export {};
