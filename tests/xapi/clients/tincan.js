// tincanjs, the client of much published content.
const TinCan = require("tincanjs");
const { endpoint, key, secret, play, person, verb, activity, done } = require("./common");

function asked(method, ...given) {
  return new Promise((resolve, reject) => {
    const callback = (error, result) => (error === null ? resolve(result) : reject(new Error(`${method}: ${error}`)));
    const options = given.pop();
    lrs[method](...given, { ...options, callback });
  });
}

const lrs = new TinCan.LRS({ endpoint, username: key, password: secret, version: "1.0.2", allowFail: false });

play(async () => {
  const single = new TinCan.Statement(done(80));
  await asked("saveStatement", single, {});
  const batch = [1, 2, 3, 4, 5].map((points) => new TinCan.Statement(done(points)));
  await asked("saveStatements", batch, {});

  let page = await asked("queryStatements", { params: { agent: new TinCan.Agent(person), limit: 2 } });
  const points = page.statements.map((one) => one.result.score.raw);
  while (page.more) {
    page = await asked("moreStatements", { url: page.more });
    points.push(...page.statements.map((one) => one.result.score.raw));
  }

  const certificate = new TinCan.Statement({ ...done(81) });
  // In Node it sends every content as if it were UTF-8; other bytes are for the test in a browser.
  const content = new Uint8Array([0, 13, 10, 45, 45, 126, 127, 10]).buffer;
  certificate.attachments = [
    new TinCan.Attachment({
      usageType: "http://id.tincanapi.com/attachment/certificate-of-completion",
      display: { "id-ID": "Sertifikat" },
      contentType: "application/octet-stream",
      content,
    }),
  ];
  await asked("saveStatement", certificate, {});
  const kept = await asked("retrieveStatement", certificate.id, { params: { attachments: true } });

  const where = { activity: new TinCan.Activity(activity), agent: new TinCan.Agent(person) };
  await asked("saveState", "bookmark", JSON.stringify({ page: 3 }), { ...where, contentType: "application/json" });
  const state = await asked("retrieveState", "bookmark", where);
  await asked("dropState", "bookmark", where);
  const gone = await asked("retrieveState", "bookmark", where);

  return {
    points,
    attachment: [...new Uint8Array(kept.attachments[0].content)],
    state: state.contents,
    etag: state.etag,
    gone: gone === null,
  };
});
