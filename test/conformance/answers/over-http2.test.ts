/** All that is recorded of clients and backends that speak HTTP/2, of which `test/answers` plays a part. */
import { describe } from "mocha";
import { besideIstio } from "../../answers/support/beside";
import { chosenTopics } from "../../answers/support/record";

describe("answers over HTTP/2 beside those of Istio's gateway", function () {
    this.timeout(180_000);
    besideIstio(
        chosenTopics().filter(({ name, http2 }) => http2 !== undefined || /^(http2|grpc)-/.test(name)),
        1,
    );
});
