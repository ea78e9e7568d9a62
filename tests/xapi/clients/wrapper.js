// adl-xapiwrapper, ADL's own client, which asks for 1.0.1.
const { XAPIWrapper } = require("adl-xapiwrapper");
const { endpoint, key, secret, play, person, activity, done } = require("./common");

const lrs = new XAPIWrapper({ url: endpoint, auth: { user: key, pass: secret } });

function asked(method, ...given) {
  return new Promise((resolve, reject) => {
    lrs[method](...given, (error, response, body) => (error ? reject(error) : resolve({ response, body })));
  });
}

play(async () => {
  const posted = await asked("sendStatements", [80, 1, 2, 3, 4, 5].map(done));
  let page = JSON.parse((await asked("getStatements", { agent: JSON.stringify(person), limit: 2 }, null)).body);
  const points = page.statements.map((one) => one.result.score.raw);
  while (page.more) {
    page = JSON.parse((await asked("getStatements", null, page.more)).body);
    points.push(...page.statements.map((one) => one.result.score.raw));
  }
  const where = [activity.id, person, "bookmark", null];
  const first = await asked("sendState", ...where, { page: 3 }, null, null);
  const state = await asked("getState", ...where, null);
  const made = await asked("sendActivityProfile", activity.id, "look", "blue", null, "*");
  const again = await asked("sendActivityProfile", activity.id, "look", "red", null, "*");
  const profile = await asked("getActivityProfile", activity.id, "look", null);
  const agents = await asked("getAgents", person);

  return {
    statuses: [posted, first, made, again].map((one) => one.response.statusCode),
    points,
    state: JSON.parse(state.body),
    etag: state.response.headers.etag,
    profile: profile.body,
    person: JSON.parse(agents.body).objectType,
  };
});
