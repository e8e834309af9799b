"""Models whose folder has no preprocessor file get pictures of the size and colours that they were trained on."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from tests.saliency.text_models import save_clip, save_clipseg

from huefold.models import clip, clipseg

IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # mean and standard deviation
OPENAI = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


@pytest.mark.parametrize(
    ("module", "model", "save", "expected"),
    [
        (clip, "ClipModel", save_clip, (32, *OPENAI)),  # its configuration has the size
        (clipseg, "ClipSegModel", save_clipseg, (352, *IMAGENET)),
    ],
)
def test_a_model_is_fed_as_it_was_trained(tmp_path, monkeypatch, module, model, save, expected):
    folder, asked = save(tmp_path), []
    (folder / "preprocessor_config.json").unlink(missing_ok=True)
    read = module.preprocessing

    def preprocessing(folder, *defaults):
        asked.append(defaults)
        found = read(folder, *defaults)
        assert found == defaults
        return found

    monkeypatch.setattr(module, "preprocessing", preprocessing)
    getattr(module, model)(folder)
    assert asked == [expected]
