// node ask.js PROTOS SERVER ADDRESS CLIENT: which name led CLIENT to ADDRESS, as etymond says.
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");
const { promisify } = require("util");

const [protos, server, address, client] = process.argv.slice(2);
const options = { keepCase: true, enums: String, defaults: true,
                  includeDirs: [protos, protos + "/third_party"] };
const files = ["etymon/v1/provenance.proto", "google/rpc/error_details.proto"];
const { v1 } = grpc.loadPackageDefinition(loader.loadSync(files, options)).etymon;
const etymond = new v1.ProvenanceService(server, grpc.credentials.createInsecure());
const ask = promisify(etymond.Lookup.bind(etymond));
const turn = promisify(etymond.ListDeliveries.bind(etymond));

async function main() {
  const answer = await ask({ address, client });
  console.log(answer.verdict, ...answer.candidates.map((candidate) => candidate.name));
  const page = { filter: { client }, order: "LISTING_ORDER_OLDEST_FIRST", page_size: 1 };
  do {
    const { deliveries, next_page_token } = await turn(page);
    for (const delivery of deliveries) {
      console.log(delivery.name, delivery.addresses[0].address);
    }
    page.page_token = next_page_token;
  } while (page.page_token);
  try {
    await ask({ address: "nowhere" });
  } catch (error) {
    // Without a class for google.rpc.Status: its reason stands in there as it is.
    const details = error.metadata.get("grpc-status-details-bin")[0].toString("latin1");
    console.log(grpc.status[error.code], details.match(/[A-Z]+_[A-Z_]+/)[0]);
  }
  etymond.close();
}

main();
