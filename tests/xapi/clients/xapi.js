// @xapi/xapi, the client of newer content; it speaks 2.0 as well.
const { createHash } = require("node:crypto");
const XAPI = require("@xapi/xapi").default || require("@xapi/xapi");
const { endpoint, key, secret, play, person, activity, done } = require("./common");

const lrs = new XAPI({
  endpoint,
  auth: XAPI.toBasicAuth(key, secret),
  version: process.env.LRS_VERSION,
  adapter: process.env.LRS_ADAPTER,
});

play(async () => {
  await lrs.sendStatement({ statement: done(80) });
  const sent = (await lrs.sendStatements({ statements: [1, 2, 3, 4, 5].map(done) })).data;
  let page = (await lrs.getStatements({ agent: person, limit: 2 })).data;
  const points = page.statements.map((one) => one.result.score.raw);
  while (page.more) {
    page = (await lrs.getMoreStatements({ more: page.more })).data;
    points.push(...page.statements.map((one) => one.result.score.raw));
  }
  await lrs.voidStatement({ actor: person, statementId: sent[4] });
  const voided = (await lrs.getVoidedStatement({ statementId: sent[4], voidedStatementId: sent[4] })).data;

  const content = Buffer.from("Sertifikat\r\n--bukan-batas\r\n");
  const attachment = {
    usageType: XAPI.AttachmentUsages.CERTIFICATE_OF_COMPLETION,
    display: { "id-ID": "Sertifikat" },
    contentType: "text/plain",
    length: content.length,
    sha2: createHash("sha256").update(content).digest("hex"),
  };
  const statement = { ...done(81), attachments: [attachment] };
  // With axios in Node it loses the boundary of what it sends, so there the statement says where the content is.
  const isWhole = process.env.LRS_ADAPTER === "fetch";
  if (!isWhole) attachment.fileUrl = "https://mooc.example/sertifikat.txt";
  const ids = (await lrs.sendStatement(isWhole ? { statement, attachments: [content] } : { statement })).data;
  const [kept, back] = (await lrs.getStatement({ statementId: ids[0], attachments: true })).data;

  const where = { agent: person, activityId: activity.id, stateId: "bookmark" };
  await lrs.setState({ ...where, state: { page: 3 } });
  await lrs.createState({ ...where, state: { size: "A4" } });
  const state = await lrs.getState(where);
  await lrs.deleteState(where);
  const states = (await lrs.getStates(where)).data;
  const profile = { activityId: activity.id, profileId: "look" };
  await lrs.setActivityProfile({ ...profile, profile: { colour: "blue" }, etag: "*", matchHeader: "If-None-Match" });
  const agent = (await lrs.getAgent({ agent: person })).data;

  return {
    points,
    voided: voided.id === sent[4],
    content: back || null,
    attached: kept.attachments[0].sha2 === attachment.sha2,
    state: state.data,
    etag: state.headers.etag,
    gone: states.length === 0,
    profile: (await lrs.getActivityProfile(profile)).data,
    person: agent.objectType,
    about: (await lrs.getAbout()).data.version,
  };
});
