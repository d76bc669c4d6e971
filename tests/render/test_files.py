from pathlib import Path
from zoneinfo import ZoneInfo

from router.render import files as render_files
from router.render.files import Broken, Compiled, Compiler, own_files, shipped_files
from router.render.sandbox import Sandbox

ROOT = Path(__file__).parents[2]


def compiler(files):
    zone = ZoneInfo("UTC")
    return Compiler(files, environments={kind: Sandbox(zone=zone, people={}, escape=kind) for kind in ("text", "html")})


def written(folder, **files):
    for name, text in files.items():
        (folder / f"{name.replace('__', '.')}.j2").write_text(text, "utf-8")
    return own_files(folder)[0]


def message(one):
    assert isinstance(one, Broken)
    return one.problems[0].message


def test_the_shipped_templates_are_those_of_the_checkout():
    assert {file.filename for file in shipped_files()} == {path.name for path in (ROOT / "templates").glob("*.j2")}
    assert all(file.shipped for file in shipped_files())


def test_an_installed_package_holds_the_templates_inside(tmp_path, monkeypatch):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "default.j2").write_text("{% block body %}x{% endblock %}", "utf-8")
    monkeypatch.setattr(render_files.resources, "files", lambda package: tmp_path)
    assert [file.source for file in shipped_files()] == ["{% block body %}x{% endblock %}"]


def test_every_shipped_template_compiles():
    files = shipped_files()
    found = compiler(files)
    assert all(isinstance(found.compiled(file), Compiled) for file in files)


def test_a_name_tells_what_a_file_is_for(tmp_path):
    files = written(tmp_path, a="", a__sms="", b__mail__html="", **{"a__x-y__html": ""})
    assert {(file.name, file.variant, file.escape) for file in files} == {
        ("a", "", "text"), ("a", "sms", "text"), ("a", "x-y", "html"), ("b", "mail", "html"),
    }  # fmt: skip


def test_other_files_are_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    assert own_files(tmp_path) == ((), ())
    assert own_files(None) == ((), ())


def test_blocks_come_from_the_whole_chain(tmp_path):
    files = written(
        tmp_path,
        a='{% extends "b.j2" %}{% block body %}a{% endblock %}',
        b="{% block title %}b{% endblock %}{% block body %}b{% endblock %}",
    )
    one = compiler(files).compiled(files[0])
    assert isinstance(one, Compiled)
    assert {name: len(blocks) for name, blocks in one.blocks.items()} == {"title": 1, "body": 2}


def test_extending_in_a_circle_is_a_problem(tmp_path):
    files = written(tmp_path, a='{% extends "b.j2" %}', b='{% extends "a.j2" %}')
    assert "or itself" in message(compiler(files).compiled(files[0]))


def test_html_extends_only_html(tmp_path):
    files = written(tmp_path, a__html='{% extends "b.j2" %}', b="{% block body %}{{ event.id }}{% endblock %}")
    assert "an .html.j2 file extends only another" in message(compiler(files).compiled(files[0]))


def test_a_template_on_top_of_a_broken_one_says_where_to_look(tmp_path):
    files = written(tmp_path, a='{% extends "b.j2" %}', b="{% if %}")
    assert f"extends {tmp_path / 'b.j2'}, which has problems" in message(compiler(files).compiled(files[0]))


def test_a_shipped_template_never_extends_an_operators(tmp_path):
    mine = written(tmp_path, default="{% block body %}mine{% endblock %}")
    files = (*mine, *shipped_files())
    mail = next(file for file in files if file.filename == "default.mail.j2")
    one = compiler(files).compiled(mail)
    assert isinstance(one, Compiled)
    assert "what" in one.blocks
