/** Our answers beside those that istiod with Envoy gave. */
import { describe } from "mocha";
import { besideIstio } from "./support/beside";
import { chosenTopics } from "./support/record";

/** Of what is played over HTTP/2 a part: test/conformance plays all of it. */
const EVERY = 4;

describe("answers beside those of Istio's gateway", function () {
    this.timeout(Number(process.env["LIMIT"] ?? 180_000));
    besideIstio(chosenTopics(), EVERY);
});
