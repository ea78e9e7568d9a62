// What the clients are told, and how they tell what they saw: one JSON object on standard output.
const endpoint = process.env.LRS_ENDPOINT;
const [key, secret] = [process.env.LRS_KEY, process.env.LRS_SECRET];

function tell(seen) {
  process.stdout.write(`${JSON.stringify(seen)}\n`);
}

function play(scenario) {
  scenario().then(tell, (error) => {
    process.stderr.write(`${error.stack || error}\n`);
    process.exitCode = 1;
  });
}

const home = "https://mooc.example";
const person = { objectType: "Agent", name: "Ani Contoh", account: { homePage: home, name: "199001012026031001" } };
const verb = { id: "http://adlnet.gov/expapi/verbs/completed", display: { "en-US": "completed" } };
const activity = { objectType: "Activity", id: `${home}/modul/1`, definition: { name: { "id-ID": "Modul 1" } } };

function done(points) {
  return { actor: person, verb, object: activity, result: { score: { raw: points, min: 0, max: 100 } } };
}

module.exports = { endpoint, key, secret, play, person, verb, activity, done };
