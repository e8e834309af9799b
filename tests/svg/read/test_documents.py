"""Documents as scenes: canvas, background, structure, styles, warnings, limits."""

from __future__ import annotations

import gzip
import warnings

import numpy as np
import pytest

from huefold.errors import SvgError, SvgWarning
from huefold.scene import LinearGradient, Path, RadialGradient, Scene, Solid, Stop, contour_from_polygon
from huefold.svg import read_svg, write_svg

HEAD = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(body="", *, attributes='width="40" height="30"'):
    return f"<svg {HEAD} {attributes}>{body}</svg>"


def box(path):
    points = np.concatenate(path.contours)
    return tuple(np.round([*points.min(axis=0), *points.max(axis=0)], 6))


def colors(scene):
    return ["".join(f"{round(15 * c):x}" for c in path.fill.color) for path in scene.paths]


# --- canvas and background ---


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="40" height="30"', (40, 30)),
        ('viewBox="0 0 40 30"', (40, 30)),
        ('width="80" viewBox="0 0 40 30"', (80, 60)),
        ('height="15" viewBox="0 0 40 30"', (20, 15)),
        ('width="1in" height="25.4mm"', (96, 96)),
        ('width="10.5" height="10.4"', (11, 10)),
        ('width=".2" height=".2"', (1, 1)),
        ('width="50%" height="100%" viewBox="0 0 40 30"', (20, 30)),
        ("", (300, 150)),
        ('width="40"', (40, 150)),
    ],
)
def test_the_canvas_is_the_documents_size_in_whole_pixels(attributes, size):
    scene = read_svg(svg(attributes=attributes))
    assert (scene.width, scene.height) == size


@pytest.mark.parametrize(
    ("align", "drawn"),
    [
        ("", (10, 0, 30, 20)),
        ("xMinYMid", (0, 0, 20, 20)),
        ("xMaxYMax meet", (20, 0, 40, 20)),
        ("xMidYMin slice", (0, 0, 40, 40)),
        ("xMidYMax slice", (0, -20, 40, 20)),
        ("none", (0, 0, 40, 20)),
        ("nonsense", (10, 0, 30, 20)),
    ],
)
def test_the_view_box_is_fitted_into_the_canvas(align, drawn):
    attributes = f'width="40" height="20" viewBox="5 5 10 10" preserveAspectRatio="{align}"'
    (path,) = read_svg(svg('<path d="M5 5h10v10h-10z"/>', attributes=attributes)).paths
    assert box(path) == drawn


@pytest.mark.parametrize(
    ("body", "background", "paths"),
    [
        ("", None, 0),
        ('<rect width="100%" height="30" fill="navy"/>', (0.0, 0.0, 128 / 255), 0),
        ('<rect x="-1" y="-1" width="99" height="99"/><path d="M0 0h3v3z"/>', (0.0, 0.0, 0.0), 1),
        ('<rect width="20" height="15" transform="scale(2)" fill="#fff"/>', (1.0, 1.0, 1.0), 0),
        ('<rect width="40" height="29"/>', None, 1),
        ('<rect width="40" height="30" opacity=".9"/>', None, 1),
        ('<rect width="40" height="30" rx="1"/>', None, 1),
        ('<rect width="40" height="30" transform="rotate(1)"/>', None, 1),
        ('<path d="M0 0H40V30H0z"/>', None, 1),
        ('<path d="M0 0h3v3z"/><rect width="40" height="30"/>', None, 2),
    ],
)
def test_a_first_opaque_rectangle_that_covers_all_is_the_background(body, background, paths):
    scene = read_svg(svg(body))
    assert (scene.background, len(scene.paths)) == (background, paths)


def test_a_documents_background_color_is_drawn():
    scene = read_svg(svg(attributes='width="4" height="3" style="background-color:#f008"'))
    assert (scene.background, box(scene.paths[0]), scene.paths[0].opacity) == (None, (0, 0, 4, 3), 8 / 15)
    assert read_svg(svg(attributes='style="background:#fff"')).background == (1.0, 1.0, 1.0)


# --- what huefold writes comes back ---


def test_what_is_written_is_read_and_written_again_as_the_same_text():
    square = contour_from_polygon([(1, 1), (9, 1), (9, 7), (1, 7)])
    curve = np.array([(2, 2), (4, 0), (6, 0), (8, 2), (8, 4), (3, 8)], float)
    stops = (Stop(0.0, (1, 0, 0)), Stop(0.25, (0, 1, 0), 0.5), Stop(1.0, (0, 0, 1)))
    paths = (
        Path((square, curve), Solid((1, 0.2, 0)), 0.5, "evenodd", "structural", "s0", "cup & <saucer>"),
        Path((curve,), LinearGradient((1, 1), (9, 3), stops, "reflect"), role="detail", id="d0"),
        Path((square,), RadialGradient((4, 4), 3, stops, (5, 4), 0.5, "repeat", (1, 0.5, 0, 2, 1, 1)), 0.25),
        Path((), Solid((0, 0, 0)), role="detail", id="d1"),
    )
    for background in (None, (0.2, 0.4, 0.6)):
        text = write_svg(Scene(12, 9, background, paths))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            back = read_svg(text)
        assert write_svg(back) == text
        assert back.background == background
        for path, again in zip(paths, back.paths, strict=True):
            assert (path.role, path.id, path.name, path.fill_rule) == (
                again.role, again.id, again.name, again.fill_rule,
            )  # fmt: skip
            assert type(path.fill) is type(again.fill) and path.opacity == again.opacity


def test_ids_can_be_written_again():
    body = '<g id="a"><path id="p" d="M0 0h3v3z"/></g><use href="#a"/><path id="q r" d="M0 0h3v3z" stroke="red"/>'
    scene = read_svg(svg(body + '<path id="details-2" d="M0 0h3v3z"/>'))
    assert [path.id for path in scene.paths] == ["p", "p-2", "q_r", "q_r-stroke", "_details-2"]
    write_svg(scene)


def test_files_bytes_and_text_are_the_same(tmp_path):
    text = svg('<path id="é" d="M0 0h3v3z"/>')
    file = tmp_path / "a.svg"
    file.write_text(text, encoding="utf-8")
    sources = (text, text.encode(), b"\xef\xbb\xbf" + text.encode(), file, str(file))
    assert [read_svg(source).paths[0].id for source in sources] == ["é"] * 5


# --- structure ---


def test_groups_nest_transforms_styles_and_roles():
    body = (
        '<g id="details" transform="translate(10 0)" fill="#0f0" fill-opacity=".5">'
        '<a transform="scale(2)"><path opacity=".5" d="M0 0h3v3z"><title>t</title></path></a></g>'
    )
    (path,) = read_svg(svg(body)).paths
    assert (path.role, path.name, path.opacity, box(path)) == ("detail", "t", 0.25, (10, 0, 16, 6))


def test_use_draws_shapes_groups_and_symbols_where_it_stands():
    body = (
        '<defs><rect id="r" width="2" height="2"/><g id="g"><use href="#r" x="1"/></g>'
        '<symbol id="s" viewBox="0 0 4 4"><rect width="4" height="4"/></symbol></defs>'
        '<use xlink:href="#r" y="5"/><use href="#g" x="10" fill="red"/>'
        '<use href="#s" x="20" width="8" height="8"/><use href="#nobody"/>'
    )
    scene = read_svg(svg(body))
    assert [box(path) for path in scene.paths] == [(0, 5, 2, 7), (11, 0, 13, 2), (20, 0, 28, 8)]
    assert colors(scene) == ["000", "f00", "000"]


@pytest.mark.parametrize(
    "body",
    [
        '<g id="a"><use href="#a"/></g>',
        '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>',
        '<use id="a" href="#a"/>',
        '<symbol id="a"><use href="#a"/></symbol><use href="#a"/>',
    ],
)
def test_circles_of_references_draw_nothing(body):
    assert read_svg(svg(body)).paths == ()


def test_nested_documents_clip_and_have_their_own_percentages():
    body = (
        '<svg x="10" y="10" width="20" height="10" viewBox="0 0 4 2">'
        '<rect x="50%" width="50%" height="100%"/><rect x="-1" y="1" width="2" height="9" fill="red"/></svg>'
    )
    inside, cut = read_svg(svg(body)).paths
    assert box(inside) == (20, 10, 30, 20)
    assert box(cut) == pytest.approx((10, 15, 15, 20), abs=1e-3)
    loose = read_svg(svg(body.replace("viewBox", 'overflow="visible" viewBox'))).paths[1]
    assert box(loose) == (5, 15, 15, 60)


def test_switch_takes_the_first_child_that_applies():
    body = (
        '<switch><title>no</title><rect systemLanguage="fr, de" width="1" height="1"/>'
        '<rect requiredExtensions="x" width="2" height="2"/><rect systemLanguage="en-GB" width="3" height="3"/>'
        '<rect width="4" height="4"/></switch>'
    )
    assert [box(path) for path in read_svg(svg(body)).paths] == [(0, 0, 3, 3)]


def test_what_is_hidden_is_not_there():
    body = (
        '<g display="none"><rect width="9" height="9"/></g><rect width="9" height="9" visibility="hidden"/>'
        '<g visibility="hidden"><rect width="1" height="1" visibility="visible"/></g>'
        '<rect width="9" height="9" fill="none"/><rect width="0" height="9"/><circle r="-1"/>'
        '<rect width="9" height="9" transform="scale(0)"/><line x2="9" fill="red"/>'
    )
    assert [box(path) for path in read_svg(svg(body)).paths] == [(0, 0, 1, 1)]


def test_other_vocabularies_comments_and_notes_are_passed_over():
    notes = '<!-- c --><?p x?><desc>d</desc><metadata/><i:view xmlns:i="urn:i" i:zoom="2"><path/></i:view>'
    assert [path.id for path in read_svg(svg(notes + '<path id="a" data-k="1" d=""/>')).paths] == ["a"]


# --- styles ---


@pytest.mark.parametrize(
    ("element", "color"),
    [
        ('<rect class="b" width="1" height="1"/>', "00f"),
        ('<rect class="b" id="i" width="1" height="1"/>', "0ff"),
        ('<rect class="b" fill="red" width="1" height="1"/>', "00f"),
        ('<rect class="b" style="fill:red" width="1" height="1"/>', "f00"),
        ('<rect class="c" style="fill:red" width="1" height="1"/>', "0f0"),
        ('<rect class="c" style="fill:red!important" width="1" height="1"/>', "f00"),
        ('<g class="d"><g><rect width="1" height="1"/></g></g>', "ff0"),
        ('<g class="d"><circle r="1"/><circle r="0"/></g>', "f0f"),
        ('<rect class="e" fill="red" width="1" height="1"/>', "0f0"),
        ('<g color="red"><rect class="f" width="1" height="1"/></g>', "f00"),
        ('<g fill="red"><rect fill="blue" style="fill:inherit" width="1" height="1"/></g>', "f00"),
        ('<g fill="red"><path fill="nonsense" d="M0 0h3v3"/></g>', "f00"),
        ('<g fill="red"><rect style="fill:initial" width="1" height="1"/></g>', "000"),
    ],
)
def test_rules_attributes_and_styles_cascade(element, color):
    sheet = (
        "<style>/* c */ @font-face{src:url(x)} #i{fill:#0ff} .b{fill:#00f} rect{fill:#0f0} .c{fill:#0f0!important}"
        "g.d rect{fill:#ff0} g.d > circle:first-child{fill:#f0f} .e{fill:what} .f{fill:currentColor}</style>"
    )
    assert colors(read_svg(svg(sheet + element)))[:1] == [color]


@pytest.mark.parametrize(
    ("selector", "matched"),
    [
        ("rect + circle", 1),
        ("rect ~ circle", 2),
        ("g g circle", 2),
        ("svg > g > circle", 0),
        ("g>g>circle", 2),
        ("circle:not(.x)", 1),
        ("circle:nth-child(3)", 1),
        ("[class=x], .x", 1),
        ("*", 3),
    ],
)
def test_selectors_with_combinators(selector, matched):
    body = '<g><g><rect width="2" height="2"/><circle r="1"/><circle class="x" r="1"/></g></g>'
    scene = read_svg(svg(f"<style>{selector}{{fill:red}}</style>{body}"))
    assert colors(scene).count("f00") == matched


def test_a_font_size_scales_its_units():
    body = (
        '<g font-size="10"><rect x="1em" width="2ex" height="150%"/><g font-size="50%">'
        '<rect width="1em" height="2rem" style="font-size:2em"/></g></g>'
    )
    first, second = read_svg(svg(body, attributes='width="40" height="20" font-size="8"')).paths
    assert (box(first), box(second)) == ((10, 0, 20, 30), (0, 0, 10, 16))


# --- warnings ---


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<text>a</text><text>b</text>", r"^<text> is not supported and not drawn \(2 times\)$"),
        ("<image href='http://example.com/a.png'/>", "<image>"),
        ("<foreignObject/>", "<foreignObject>"),
        ("<script>1</script>", "<script>"),
        ("<path d='M0 0h3v3z'><animate/></path>", "<animate>"),
        ("<g filter='url(#f)'><path d='M0 0h3v3z'/></g>", r"filter: url\(#f\)"),
        ("<path d='M0 0h3v3z' mask='url(#f)'/>", "mask"),
        ("<path d='M0 0h3v3z' marker-end='url(#f)'/>", "marker-end"),
        ("<path d='M0 0h3v3z' style='mix-blend-mode:multiply'/>", "mix-blend-mode: multiply"),
        ("<pattern id='p'/><path d='M0 0h3v3z' fill='url(#p) red'/>", "<pattern>"),
        ("<path d='M0 0h3v3z' fill='url(a.svg#p) red'/>", "outside the document"),
        ("<use href='a.svg#p'/>", "<use>"),
        ("<path d='M0 0h3v3z' clip-path='circle()'/>", "clip-path"),
        ("<rect width='3Q' height='3'/>", "'3Q'"),
        ("<rect style='width:3px' height='3'/>", "'width'"),
        ("<style>@media print{rect{fill:red}}</style>", "@media"),
        ("<style>@import url(a.css);</style>", "@import"),
        ("<style>rect:has(a){fill:red}</style>", "rect:has"),
        ("<g transform='turn(3)'><path d='M0 0h3v3z'/></g>", r"turn\(3\)"),
        ("<path d='M0 0h3v3z L4'/>", "path data"),
        ("<polygon points='0 0 3 3 0'/>", "points"),
        ("<blink/>", "<blink>"),
    ],
)
def test_what_is_not_drawn_as_it_says_is_named_in_a_warning(body, words):
    with pytest.warns(SvgWarning, match=words) as caught:
        read_svg(svg(body))
    assert len(caught) == 1
    assert "\n" not in str(caught[0].message)
    assert caught[0].filename == __file__


def test_what_is_not_shown_needs_no_warning():
    body = (
        "<defs><text/><filter id='f'/></defs><g display='none' filter='url(#f)'><text/></g>"
        "<path d='M0 0h3v3z' mask='none' filter='none' style='mix-blend-mode:normal;cursor:help'/>"
    )
    assert len(read_svg(svg(body)).paths) == 1


# --- what is refused ---


@pytest.mark.parametrize(
    ("document", "culprit"),
    [
        (svg(attributes='width="0" height="30"'), "0 x 30"),
        (svg(attributes='width="1e9" height="30"'), "1e+09"),
        (svg(attributes='width="-4" height="30"'), "-4"),
        (svg("<path d='M0 0H1e10V5'/>"), "1e+09 pixels"),
        (svg("<path d='M0 0H1e6' stroke='red' stroke-dasharray='.001'/>"), "dashes"),
        ("<html/>", "<html>"),
        ("<svg/>", "<svg>"),
        ("<svg", "well-formed"),
        (b"", "well-formed"),
        (b"\x89PNG\r\n\x1a\n", "UTF-8"),
        ("no-such-file.svg", "no-such-file.svg"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(document, culprit):
    with pytest.raises(SvgError) as caught:
        read_svg(document)
    assert culprit in str(caught.value) and "\n" not in str(caught.value)


def test_a_folder_is_no_svg(tmp_path):
    with pytest.raises(SvgError, match="cannot read"):
        read_svg(tmp_path)


def test_entities_are_refused_and_plain_document_types_are_not(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("m0 0h3v3z")
    for declared in (
        f'[<!ENTITY a SYSTEM "{secret}">]',
        '[<!ENTITY a "m0 0h3v3z">]',
        "[]",
        '"a" [ ]',
        "html",
    ):
        with pytest.raises(SvgError, match="document type"):
            read_svg(f"<!DOCTYPE svg {declared}>" + svg('<path d="m0 0h3v3z"/>'))
    with pytest.raises(SvgError):
        read_svg(svg('<path d="&a;"/>'))
    dtd = '"-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"'
    for declared in (f"<!DOCTYPE svg PUBLIC {dtd}>", f'<!DOCTYPE svg SYSTEM "{secret}">', "<!DOCTYPE svg>"):
        assert len(read_svg("<?xml version='1.0'?>\n" + declared + svg('<path d="m0 0h3v3z"/>')).paths) == 1


def test_large_documents_are_refused(monkeypatch):
    monkeypatch.setattr("huefold.svg.read.source.MAX_BYTES", 2**20)
    with pytest.raises(SvgError, match="MiB"):
        read_svg(svg(" " * 2**20))


@pytest.mark.parametrize("levels", [201, 5000])
def test_deep_documents_are_refused(levels):
    with pytest.raises(SvgError, match=r"nested|well-formed"):
        read_svg(svg("<g>" * levels + '<rect width="1" height="1"/>' + "</g>" * levels))
    shallow = read_svg(svg("<g>" * 190 + '<rect width="1" height="1"/>' + "</g>" * 190))
    assert len(shallow.paths) == 1


@pytest.fixture
def small_limits(monkeypatch):
    for name, value in (("MAX_COPIES", 2000), ("MAX_SEGMENTS", 3000), ("MAX_COMBINED", 100)):
        monkeypatch.setattr(f"huefold.svg.read.limits.{name}", value)
    monkeypatch.setattr("huefold.svg.read.paths.MAX_SEGMENTS", 3000)
    monkeypatch.setattr("huefold.svg.read.selectors._MAX_TESTS", 3000)


def chain(element, count):
    return "".join(element.format(here=k, next=k + 1) for k in range(count))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            '<rect id="l9"/>' + chain('<g id="l{here}">' + '<use href="#l{next}"/>' * 9 + "</g>", 9)
            + '<use href="#l0"/>',
            "repeat",
        ),
        (chain('<use id="l{here}" href="#l{next}"/>', 300), "nested"),
        (
            chain('<linearGradient id="l{here}" href="#l{next}"/>', 300)
            + "<circle r='1' fill='url(#l0)'/>",
            "row",
        ),
        (
            chain('<clipPath id="c{here}" clip-path="url(#c{next})"/>', 300)
            + '<circle r="9" clip-path="url(#c0)"/>',
            "nested",
        ),
        (
            chain(
                '<clipPath id="c{here}">' + '<rect width="1" height="1" clip-path="url(#c{next})"/>' * 2
                + "</clipPath>", 30,
            )
            + '<circle r="9" clip-path="url(#c0)"/>',
            "cut|repeat",
        ),
        ('<path d="M0 0' + "h1v1" * 2000 + '"/>', "segments|commands"),
        ("<rect width='1' height='1'/>" * 1000, "segments"),
        ("<style>" + "[x]{fill:red}" * 200 + "</style>" + "<g/>" * 100, "tests"),
        ("<style>rect:nth-last-of-type(2){fill:red}</style>" + "<rect/>" * 100, "tests"),
        ("<style>" + ".a{}" * 10_001 + "</style>", "rules"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("small_limits")
def test_absurd_amounts_are_refused(body, words):
    with pytest.raises(SvgError, match=words):
        read_svg(svg(body))


def test_long_selectors_take_no_exponential_time():
    sheet = "<style>" + "g " * 30 + "circle{fill:red}</style>"
    scene = read_svg(svg(sheet + "<g>" * 150 + "<rect width='1' height='1'/><circle r='1'/>" + "</g>" * 150))
    assert colors(scene) == ["000", "f00"]


def test_compressed_drawings_are_read(tmp_path):
    text = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"><path d="M0 0h4v3z"/></svg>'
    file = tmp_path / "a.svgz"
    file.write_bytes(gzip.compress(text.encode()))
    assert len(read_svg(file).paths) == len(read_svg(file.read_bytes()).paths) == 1


def test_damaged_and_vast_compressed_drawings_are_refused():
    packed = gzip.compress(b"<svg xmlns='http://www.w3.org/2000/svg'>" + b" " * 1000 + b"</svg>")
    for broken in (packed[:30], packed[:-6], packed[:20] + b"????" + packed[24:]):
        with pytest.raises(SvgError, match="the compressed SVG is damaged"):
            read_svg(broken)
    with pytest.raises(SvgError, match="64 MiB"):
        read_svg(gzip.compress(b" " * (65 << 20), compresslevel=1))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_other_encodings_are_named(encoding):
    with pytest.raises(SvgError, match="UTF-16 text; save it as UTF-8"):
        read_svg("\ufeff<svg/>".encode(encoding))
