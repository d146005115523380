"""The page of an explanation: what the model saw, what spoke for its answer, and what it has learnt."""

from typing import TYPE_CHECKING

from handigits.data.split import CLASSES
from handigits.report.explain_plots import strongest
from handigits.report.heat import gray, heat, signed
from handigits.report.page import page
from handigits.report.tables import digit_picture, safe
from handigits.report.wording import percent

if TYPE_CHECKING:
    from handigits.explain import Explanation, Inside

__all__ = ["explanation_page"]

_MAPS = 32  # of each layer


def explanation_page(explanation: "Explanation", *, command: str) -> str:
    """The page as text: complete HTML, self-contained; `command` is what prints it again."""
    title = f"Why {explanation.digit}?"
    sections = [_header(explanation, title), _evidence(explanation)]
    if explanation.inside:
        sections += [_neighbours(explanation.inside), _layers(explanation.inside), _dreams(explanation.inside)]
    sections.append(f"<section><h2>Get this again</h2><pre><code>{safe(command)}</code></pre></section>")
    return page(title, sections, style="explain.css")


def _header(explanation: "Explanation", title: str) -> str:
    notice = f'<p class="notice">{safe(explanation.notice)}</p>' if explanation.notice else ""
    probability = percent(float(explanation.probabilities.max()))
    bars = "".join(
        f'<tr><th>{digit}</th><td><span class="share" style="--share:{share:.4f}"></span></td>'
        f"<td>{percent(share)}</td></tr>"
        for digit, share in enumerate(explanation.probabilities.tolist())
    )
    return f"""
<header>
  <p class="brand">handigits · explanation</p>
  <h1>{title}</h1>
  <p>{safe(explanation.name)} was read as <b>{explanation.answer}</b>, with a probability of {probability}.</p>{notice}
  <div class="seen">{digit_picture(gray(explanation.image), "the digit as the model saw it")}
  <table class="facts"><tbody>{bars}</tbody></table></div>
</header>"""


def _evidence(explanation: "Explanation") -> str:
    maps = [
        (
            "Occlusion",
            heat(explanation.occlusion.drops, explanation.image),
            "Squares of 5x5 pixels were covered with paper. Blue: that takes evidence away; orange: it adds some.",
        )
    ]
    if explanation.inside:
        contributions = explanation.inside.saliency.contributions
        maps.append(
            (
                "Saliency",
                heat(contributions, explanation.image),
                f"What each pixel adds to the {explanation.digit}, compared with blank paper (integrated gradients). "
                f"All together add {contributions.sum():+.1f} to its logit.",
            )
        )
    figures = "".join(
        f"<figure>{digit_picture(colors, name)}<figcaption><b>{name}.</b> {text}</figcaption></figure>"
        for name, colors, text in maps
    )
    return f"""
<section>
  <h2>What speaks for the {explanation.digit}</h2>
  <div class="maps">{figures}</div>
</section>"""


def _neighbours(inside: "Inside") -> str:
    near = inside.neighbours
    figures = "".join(
        f"<figure>{digit_picture(image, f'training digit {index}')}<figcaption><b>{label}</b> · {similarity:.2f}"
        f"<small>no. {index}</small></figcaption></figure>"
        for image, index, label, similarity in zip(
            near.images, near.indices.tolist(), near.labels.tolist(), near.similarities.tolist(), strict=True
        )
    )
    return f"""
<section>
  <h2>The nearest training digits</h2>
  <p>To the network, just before its last layer, these look most like it: their label, and the cosine of their
  features.</p>
  <div class="gallery">{figures}</div>
</section>"""


def _layers(inside: "Inside") -> str:
    filters = "".join(digit_picture(signed(each), "a filter") for each in inside.filters)
    rows = "".join(
        f"<h3>Layer {number}: {layer.name}</h3>"
        f'<div class="small">{"".join(digit_picture(gray(each), "a map") for each in strongest(layer, _MAPS))}</div>'
        for number, layer in enumerate(inside.layers, start=1)
    )
    return f"""
<section>
  <h2>What each layer makes of it</h2>
  <p>The first layer looks for strokes and edges: blue wants ink, orange wants none.</p>
  <div class="small">{filters}</div>
  <p>The maps show where each layer has found what it looks for; at most {_MAPS} of a layer, the strongest.</p>
  {rows}
</section>"""


def _dreams(inside: "Inside") -> str:
    shares = [percent(share, decimals=0) for share in inside.dreams.probabilities.tolist()]
    figures = "".join(
        f"<figure>{digit_picture(gray(inside.dreams.images[digit]), f'a {digit} drawn by the network')}"
        f"<figcaption><b>{digit}</b> · {shares[digit]}</figcaption></figure>"
        for digit in range(CLASSES)
    )
    return f"""
<section>
  <h2>What the network takes for each digit</h2>
  <p>Drawn by the network itself: the picture was changed until the digit was as probable as it gets, and held near what
  training digits are like (activation maximisation).</p>
  <div class="gallery">{figures}</div>
</section>"""
