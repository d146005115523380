// Asks the service. Everything about HTTP is in here.

const PATIENCE = 3; // tries, where the service says that it has too much to do

/** The answer about a canvas or a File; rejects with an Error that people can read. */
export async function answer(picture, signal) {
  const form = new FormData();
  form.append("picture", await fileOf(picture), picture.name ?? "drawing.png");
  const response = await ask("predict", { method: "POST", body: form, signal });
  return response.json();
}

/** Keep what digits a picture really shows; gives a function that deletes it again, or says that it was gone already. */
export async function correct(picture, digits) {
  const body = JSON.stringify({ picture: await base64Of(await fileOf(picture)), digits });
  const headers = { "Content-Type": "application/json" };
  const { id } = await (await ask("corrections", { method: "POST", body, headers })).json();
  return async () => (await ask(`corrections/${id}`, { method: "DELETE" }, [404])).ok;
}

/** What is the matter with a picture; and, where `evidence` is asked for, which of its ink speaks for the answer. */
export async function explain(picture, { evidence, signal }) {
  const form = new FormData();
  form.append("picture", await fileOf(picture), picture.name ?? "drawing.png");
  return (await ask(`explain?evidence=${evidence}`, { method: "POST", body: form, signal })).json();
}

/** What the service says about its model. */
export async function model() {
  return (await ask("model", {})).json();
}

/** A response that is ok, or of a status that was expected. */
async function ask(path, options, expected = []) {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(path, options).catch((error) => {
      throw error.name === "AbortError" ? error : new Error("The service does not answer. Is it still running?");
    });
    if (response.ok || expected.includes(response.status)) return response;
    if (response.status !== 503 || attempt === PATIENCE) throw new Error(await reasonOf(response));
    await new Promise((done) => setTimeout(done, 1000 * (Number(response.headers.get("Retry-After")) || 1)));
    options.signal?.throwIfAborted();
  }
}

async function reasonOf(response) {
  const { detail } = await response.json().catch(() => ({}));
  return detail ?? `The service answered ${response.status}.`;
}

function fileOf(picture) {
  if (picture instanceof Blob) return picture;
  return new Promise((done) => picture.toBlob(done, "image/png"));
}

function base64Of(blob) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => failed(new Error("The picture could not be read."));
    reader.readAsDataURL(blob);
  });
}
