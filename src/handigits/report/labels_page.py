"""The page of a label check: the least credible labels with their pictures, to be judged by people."""

from handigits.evaluation.labels import LabelCheck
from handigits.report.page import page
from handigits.report.tables import digit_picture, safe
from handigits.report.wording import percent

__all__ = ["labels_page"]


def labels_page(check: LabelCheck, *, command: str) -> str:
    """The page as text: complete HTML, self-contained; `command` is what prints it again."""
    title = f"Doubtful labels of {safe(check.split_name)}"
    wrong = (
        f"Confident learning counts {len(check.wrong):,} of {check.count:,} as wrong; they are marked with a bar."
        if check.wrong
        else f"Confident learning, which only counts what it is sure of, calls none of {check.count:,} wrong."
    )
    return page(
        title,
        [
            f"""
<header>
  <p class="brand">handigits · labels</p>
  <h1>{title}</h1>
  <p class="protocol">{safe(check.protocol)}</p>
  <p>To these labels the models give little probability, the first ones least, or cannot decide. Some are wrong, some
  belong to digits that nobody can read, and some are right and hard: look at each. {wrong}</p>
</header>""",
            f"""
<section>
  <h2>Look for yourself</h2>
  <p>Large: the label in the dataset, with the probability that it got. Below: what the models take it for, and its
  number in the split.</p>
  {_gallery(check)}
</section>""",
            f"""
<section>
  <h2>Use it</h2>
  <p>Write the numbers that you find wrong to a file, one on each line; accuracy is then given a second time, without
  them.</p>
  <pre><code>handigits compare RUN --without disputed.txt</code></pre>
  <p>This page again:</p>
  <pre><code>{safe(command)}</code></pre>
</section>""",
        ],
        style="labels.css",
    )


def _gallery(check: LabelCheck) -> str:
    figures = []
    for row, image in zip(check.gallery.rows, check.gallery.images, strict=True):
        suggestion = (
            f"read as <b>{row.predicted}</b> · {percent(row.confidence, decimals=0)}"
            if not row.is_correct
            else f"or <b>{row.runner_up}</b> · {percent(row.runner_up_confidence, decimals=0)}"
        )
        picture = digit_picture(image, f"digit {row.index}, labelled {row.label}")
        figures.append(
            f'<figure class="{"sure" if row.index in check.wrong else "doubtful"}">{picture}<figcaption>'
            f"<b>{row.label}</b> · {percent(row.label_confidence, decimals=1)}<span>{suggestion}</span>"
            f"<small>no. {row.index}</small></figcaption></figure>"
        )
    return f'<div class="gallery">{"".join(figures)}</div>'
