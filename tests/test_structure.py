"""The shape of the package: who imports whom, and how long files and functions are."""

from __future__ import annotations

import ast
import graphlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src"

GROUND = (
    ("huefold",),
    ("errors", "parallel", "colors"),
    ("native",),
    ("bezier", "cielab"),
    ("progress", "files", "models", "options", "images", "fills"),
    ("scene",),
    ("contours", "render"),
    ("svg",),
    ("metrics",),
)
STAGES = ("segment", "saliency", "recolor", "trace", "refine")
LAYERS = (*GROUND, STAGES, ("run",), ("selftest",), ("studio",), ("cli",))
"""Rooms import rooms of lower layers only, none of their own."""

LINES, FUNCTION_LINES, C_COLUMNS = 400, 60, 120
LONG_FILES: tuple[str, ...] = ()
"""Kernels that are compiled together."""


def modules_of(src: Path) -> dict[str, Path]:
    """Return the modules below a folder: dotted name to file."""
    names = {}
    for path in sorted(src.rglob("*.py")):
        parts = path.relative_to(src).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return names


class Imports:
    """Finds the modules of a package that each of its modules imports, in functions too.

    A name of a lazily loaded package counts as an import of the module that its stub takes it from.
    """

    def __init__(self, src: Path) -> None:
        self.modules = modules_of(src)
        self._origins = {
            f"{package}.{name.name}": f"{package}.{node.module}"
            for package, path in self.modules.items()
            if (stub := path.with_suffix(".pyi")).name == "__init__.pyi" and stub.is_file()
            for node in ast.parse(stub.read_text()).body
            if isinstance(node, ast.ImportFrom) and node.module
            for name in node.names
        }

    def graph(self) -> dict[str, set[str]]:
        return {name: self.of(name) for name in self.modules}

    def of(self, module: str) -> set[str]:
        nodes = list(nodes_that_run(ast.parse(self.modules[module].read_text())))
        targets: set[str] = set()
        aliases: dict[str, str] = {}
        for node in nodes:
            for target, alias in imported(node, module, self.modules[module].name == "__init__.py"):
                found = self._resolved(target)
                targets.add(found)
                aliases[alias] = found
        for node in nodes:  # huefold.render.rasterize, where huefold or huefold.render was imported
            if isinstance(node, ast.Attribute):
                head, _, rest = ast.unparse(node).partition(".")
                if head in aliases and rest.replace(".", "").isidentifier():
                    targets.add(self._resolved(f"{aliases[head]}.{rest}"))
        return {target for target in targets if target in self.modules} - {module}

    def _resolved(self, target: str) -> str:
        """Return the module that a dotted name means, or is taken from."""
        while target not in self.modules and "." in target:
            if target in self._origins:
                return self._origins[target]
            target = target.rpartition(".")[0]
        return target


def nodes_that_run(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a tree but for what only type checkers read."""
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        for child in node.orelse:
            yield from nodes_that_run(child)
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from nodes_that_run(child)


def imported(node: ast.AST, module: str, is_package: bool) -> Iterator[tuple[str, str]]:
    """Yield the dotted names that a statement imports, and the names that it binds."""
    if isinstance(node, ast.Import):
        for name in node.names:
            yield (name.name, name.asname) if name.asname else (name.name.partition(".")[0],) * 2
            yield name.name, ""
    elif isinstance(node, ast.ImportFrom):
        up = node.level - is_package
        base = module.rsplit(".", up)[0] if node.level else ""
        start = ".".join(filter(None, (base, node.module)))
        for name in node.names:
            yield f"{start}.{name.name}", name.asname or name.name


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Return the modules of a circle of imports, the first one again at its end; none if there is none."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def room(module: str) -> str:
    """Return the part of the package that a module belongs to; the package itself is one."""
    return module.split(".")[1] if "." in module else module


def rooms(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return the graph of the rooms, from that of the modules."""
    between: dict[str, set[str]] = {room(module): set() for module in graph}
    for module, targets in graph.items():
        between[room(module)] |= {room(target) for target in targets} - {room(module)}
    return between


def wrong_arrows(graph: dict[str, set[str]]) -> list[str]:
    """Return the imports that go up, or from a room to another one of its layer."""
    layer_of = {name: layer for layer, names in enumerate(LAYERS) for name in names}
    return [
        f"{module} -> {target}"
        for module, targets in sorted(graph.items())
        for target in sorted(targets)
        if room(module) != room(target) and layer_of[room(module)] <= layer_of[room(target)]
    ]


def private_imports(imports: Imports) -> list[str]:
    """Return the names with an underscore that a module takes from another folder."""
    return [
        f"{module} takes {target}"
        for module, path in sorted(imports.modules.items())
        for node in ast.walk(ast.parse(path.read_text()))
        for target, _ in imported(node, module, path.name == "__init__.py")
        if target.rpartition(".")[2].startswith("_")
        and target.startswith("huefold.")
        and imports.modules.get(target.rpartition(".")[0], path).parent != path.parent
    ]


def long_functions(path: Path) -> list[str]:
    """Return the functions of a file that have too many lines, not counting their docstrings."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = count(node) - (count(node.body[0]) if ast.get_docstring(node) is not None else 0)
            if lines > FUNCTION_LINES:
                found.append(f"{path.parent.name}/{path.name}: {node.name} has {lines} lines")
    return found


def bare(text: str) -> str:
    """Return C without comments, strings and characters; lines that are left empty go."""
    found = re.sub(
        r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
        '""',
        re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S),
    )
    return "\n".join(line for line in found.splitlines() if line.strip())


def long_c_functions(path: Path) -> list[str]:
    """Return the functions of a C file that have too many lines, not counting comments."""
    found, depth, begin, name = [], 0, 0, ""
    lines = bare(path.read_text()).splitlines()
    for number, line in enumerate(lines):
        if depth == 0:
            if re.match(r"\w[^;=]*\(", line):
                begin, name = number, line.partition("(")[0].split()[-1].lstrip("*")
            elif not line[0].isspace() and not line.startswith(("{", "}")):
                name = ""
        depth += line.count("{") - line.count("}")
        if depth == 0 and "}" in line and name:
            if number - begin + 1 > FUNCTION_LINES:
                found.append(f"{path.parent.name}/{path.name}: {name} has {number - begin + 1} lines")
            name = ""
    return found


def c_graph(package: Path) -> dict[str, set[str]]:
    """Return the C files of a package, and which of them each includes, as modules would be named."""
    return {
        module_of(path, package): {
            module_of(package / name, package)
            for name in re.findall(r'^#include "([^"]+)"', path.read_text(), flags=re.M)
        }
        for path in c_files(package)
    }


def module_of(path: Path, package: Path) -> str:
    return ".".join(["huefold", *path.relative_to(package).parts[:-1], path.name.partition(".")[0]])


def c_files(package: Path) -> list[Path]:
    return sorted([*package.rglob("*.c"), *package.rglob("*.h")])


def count(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.fixture(scope="module")
def imports() -> Imports:
    return Imports(SRC)


@pytest.fixture(scope="module")
def graph(imports: Imports) -> dict[str, set[str]]:
    return imports.graph()


def test_no_module_imports_itself_by_way_of_others(graph: dict[str, set[str]]) -> None:
    assert circle(graph) == []


def test_no_room_imports_itself_by_way_of_others(graph: dict[str, set[str]]) -> None:
    assert circle(rooms(graph)) == []


def test_rooms_import_what_lies_below_them(graph: dict[str, set[str]]) -> None:
    named = {name for names in LAYERS for name in names}
    assert {room(module) for module in graph} <= named, "say in LAYERS where the new room belongs"
    assert wrong_arrows(graph) == []


def test_folders_take_no_private_names_of_each_other(imports: Imports) -> None:
    assert private_imports(imports) == []


def test_files_are_short() -> None:
    lengths = {str(path.relative_to(SRC / "huefold")): path for path in (SRC / "huefold").rglob("*.py")}
    too_long = {name for name, path in lengths.items() if len(path.read_text().splitlines()) > LINES}
    assert too_long == set(LONG_FILES), "split the file, or take what is short now from LONG_FILES"
    assert all(name.endswith("kernels.py") for name in LONG_FILES)


def test_functions_are_short() -> None:
    assert [line for path in (SRC / "huefold").rglob("*.py") for line in long_functions(path)] == []


def test_c_files_and_their_functions_and_lines_are_short() -> None:
    files = c_files(SRC / "huefold")
    assert [path.name for path in files if len(path.read_text().splitlines()) > LINES] == []
    assert [line for path in files for line in long_c_functions(path)] == []
    assert [
        f"{path.name}:{number}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > C_COLUMNS
    ] == []


def test_c_files_include_what_lies_below_them() -> None:
    graph = c_graph(SRC / "huefold")
    assert {"huefold.refine.fit.loop", "huefold.native.core"} <= set(graph)
    assert wrong_arrows(graph) == []


# ---------------------------------------------------------------- the checkers themselves, on a package made up


def made_up(folder: Path, files: dict[str, str]) -> Imports:
    """Write a package called huefold."""
    for name, text in {"__init__.py": "", "run/__init__.py": "", "refine/__init__.py": "", **files}.items():
        path = folder / "huefold" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Imports(folder)


@pytest.mark.parametrize(
    "back",
    [
        "from huefold.refine.loop import b",
        "import huefold.refine.loop",
        "import huefold.refine.loop as loop",
        "from huefold.refine import loop",
        "from .loop import b",
        "from . import loop",
        "from ..refine import loop",
        "def late():\n    from huefold.refine.loop import b",
        "from huefold.refine import b",
        "from huefold import refine\nrefine.b()",
        "import huefold\nhuefold.refine.loop.b()",
        "import huefold.refine as other\nother.b()",
        "if TYPE_CHECKING:\n    pass\nelse:\n    import huefold.refine.loop",
    ],
)
def test_a_circle_is_found_however_it_is_imported(tmp_path: Path, back: str) -> None:
    files = {
        "refine/__init__.pyi": "from .loop import b",
        "refine/loop.py": "from huefold.refine.step import a",
    }
    graph = made_up(tmp_path, {**files, "refine/step.py": back}).graph()
    assert set(circle(graph)) == {"huefold.refine.loop", "huefold.refine.step"}, graph


@pytest.mark.parametrize(
    "back",
    [
        "if TYPE_CHECKING:\n    from huefold.refine.loop import b",
        "if typing.TYPE_CHECKING:\n    import huefold.refine.loop",
        "import numpy\nnumpy.refine.loop",
        "'import huefold.refine.loop'",
        "import huefold.refine",
    ],
)
def test_what_is_no_circle_is_none(tmp_path: Path, back: str) -> None:
    files = {
        "refine/__init__.pyi": "from .loop import b",
        "refine/loop.py": "from huefold.refine.step import a",
    }
    assert circle(made_up(tmp_path, {**files, "refine/step.py": back}).graph()) == []


def test_a_circle_of_rooms_is_found_where_no_modules_make_one(tmp_path: Path) -> None:
    files = {
        "bezier/curves.py": "",
        "scene.py": "import huefold.bezier.curves",
        "bezier/scenes.py": "from huefold.scene import Scene",
    }
    graph = made_up(tmp_path, files).graph()
    assert circle(graph) == []
    assert set(circle(rooms(graph))) == {"bezier", "scene"}
    del graph["huefold.bezier.scenes"]
    assert circle(rooms(graph)) == []


def test_arrows_that_go_up_or_across_are_found(tmp_path: Path) -> None:
    graph = made_up(
        tmp_path,
        {
            "scene.py": "def late():\n    from huefold.run import pipeline",
            "errors.py": "import huefold.scene",
            "run/pipeline.py": "from huefold.refine import fit\nfrom huefold import scene",
            "refine/fit.py": "from huefold.trace import outlines\nfrom huefold.refine import step",
            "refine/step.py": "from huefold.cli import main",
            "trace/outlines.py": "from huefold import scene",
            "cli/main.py": "from huefold.studio.app import serve",
            "studio/app.py": "import huefold.run.pipeline, huefold.cli.main",
        },
    ).graph()
    assert wrong_arrows(graph) == [
        "huefold.errors -> huefold.scene",
        "huefold.refine.fit -> huefold.trace.outlines",
        "huefold.refine.step -> huefold.cli.main",
        "huefold.scene -> huefold.run.pipeline",
        "huefold.studio.app -> huefold.cli.main",
    ]


def test_private_names_taken_from_another_folder_are_found(tmp_path: Path) -> None:
    files = {
        "refine/step.py": "from huefold.refine.fit import _own\nfrom huefold.run.plan import _other, open"
    }
    found = private_imports(made_up(tmp_path, {**files, "refine/fit.py": "", "run/plan.py": ""}))
    assert found == ["huefold.refine.step takes huefold.run.plan._other"]


def test_docstrings_do_not_count_as_lines_of_functions(tmp_path: Path) -> None:
    file = tmp_path / "made_up.py"
    docstring = '    """One.' + "\n" * 30 + '    """\n'
    for lines, found in ((FUNCTION_LINES, 0), (FUNCTION_LINES + 1, 1)):
        file.write_text("async def f():\n" + docstring + "    pass\n" * (lines - 1))
        assert len(long_functions(file)) == found


@pytest.mark.parametrize(
    "head", ["int64_t hf_f(int a)", "static void *f(\n    int a,\n    int b)", "Pair f(void)"]
)
def test_comments_do_not_count_as_lines_of_c_functions(tmp_path: Path, head: str) -> None:
    file = tmp_path / "made_up.c"
    comment = "    /* { One.\n" + " * more\n" * 30 + " */\n"
    around = "#define TWICE(x) (2 * (x))\ntypedef struct {\n" + "    int a;\n" * 99 + "} Many;\n\n"
    table = "static const int table[] = {\n" + "    1,\n" * 99 + "};\n"
    for lines, found in ((FUNCTION_LINES, 0), (FUNCTION_LINES + 1, 1)):
        body = "    if (a) { a = '{'; }\n" * (lines - 2 - head.count("\n"))
        file.write_text(around + table + head + " {\n" + comment + body + "}\n" + around)
        assert len(long_c_functions(file)) == found


def test_headers_of_higher_rooms_are_found(tmp_path: Path) -> None:
    for name, header in {"render/lines.c": "refine/fit.h", "refine/fit.h": "render/lines.h"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f'#include "native/core.h"\n#include "{header}"\n')
    assert wrong_arrows(c_graph(tmp_path)) == ["huefold.render.lines -> huefold.refine.fit"]
