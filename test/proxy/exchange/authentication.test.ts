/** RequestAuthentications from YAML to the answer. What Envoy 1.40 was seen to do with the same filter stands here as it did it. */
import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import type { HeaderList } from "../../../proxy/http/doors";
import { diffTables } from "../../../proxy/tables";
import { issuer, keySet, unsigned, type Issuer } from "../../support/tokens";
import { compileYaml, messagesOf, service } from "../compiler/support";
import { Gateway, type Asked } from "./asking";

const CLUSTER = "outbound|80||web.default.svc.cluster.local";
const FORM = "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections";
const HOUR = 3600;
const now = (): number => Math.floor(Date.now() / 1000);

/** `routes`: of the VirtualService, as YAML in one line. */
function gateway(rules: readonly object[], routes = ""): Gateway {
    const objects = rules.map(
        (rule, at) => `
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: jwt-${at}, namespace: istio-system }
spec: ${JSON.stringify({ selector: { matchLabels: { istio: "ingressgateway" } }, jwtRules: [rule] })}`,
    );
    const compiled = compileYaml(`
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: gw, namespace: istio-system }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: default }
spec:
  hosts: [a.example]
  gateways: [istio-system/gw]
  http:
    ${routes || "- { route: [{ destination: { host: web } }], headers: { response: { set: { x-route: web } } } }"}
${objects.join("\n")}
${service("web", 80)}`);
    assert.equal(messagesOf(compiled), "");
    return new Gateway(diffTables(undefined, compiled.tables, 1), CLUSTER);
}

const bearer = (token: string): { readonly headers: HeaderList } => ({ headers: ["authorization", `Bearer ${token}`] });

/** What the backend got, or what the client was told. */
function outcome(asked: Asked, { clusters }: Gateway): string {
    if (asked.response.status !== 0) return `${asked.response.status} ${asked.response.body}`;
    return `served ${clusters.get(CLUSTER)!.last.head.path}`;
}

describe("tokens of requests", () => {
    let rsa: Issuer;
    let other: Issuer;
    before(async () => {
        rsa = await issuer("RS256", "k1");
        other = await issuer("ES256");
    });
    const one = (more: object = {}): Gateway => gateway([{ issuer: "i", jwks: keySet(rsa), ...more }]);

    async function says(claims: object | string, header: object = {}, more: object = {}): Promise<string> {
        const gw = one(more);
        return outcome(
            gw.ask("a.example/", bearer(await rsa.sign(claims as Record<string, unknown>, header as Record<string, unknown>))),
            gw,
        );
    }

    it("let a request on without one, and with a good one, which the backend does not see", async () => {
        const gw = one();
        assert.equal(outcome(gw.ask("a.example/x"), gw), "served /x");
        gw.ask("a.example/x", bearer(await rsa.sign({ iss: "i", exp: now() + HOUR })));
        assert.equal(gw.cluster(CLUSTER).last.header("authorization"), undefined);
        const kept = one({ forwardOriginalToken: true });
        const token = await rsa.sign({ iss: "i" });
        kept.ask("a.example/x", bearer(token));
        assert.equal(kept.cluster(CLUSTER).last.header("authorization"), `Bearer ${token}`);
    });

    it("are refused with the words, the header and the details of Envoy, and with what the route does to responses", async () => {
        const gw = one();
        const { response, record } = gw.ask(`a.example/${"p".repeat(300)}?q=1`, bearer(await rsa.sign({ iss: "i", exp: now() - HOUR })));
        assert.equal(response.status, 401);
        assert.equal(response.body, "Jwt is expired");
        assert.equal(response.header("www-authenticate"), `Bearer realm="http://a.example/${"p".repeat(255)}", error="invalid_token"`);
        assert.equal(response.header("x-route"), "web");
        assert.equal(record().details, "jwt_authn_access_denied{Jwt_is_expired}");
    });

    it("are judged by issuer, times and audience, in this order", async () => {
        assert.equal(await says({ iss: "x" }), "401 Jwt issuer is not configured");
        assert.equal(await says({}), "401 Jwt issuer is not configured");
        assert.equal(await says({ iss: "i", exp: now() - 50 }), "served /");
        assert.equal(await says({ iss: "i", exp: now() - 70 }), "401 Jwt is expired");
        assert.equal(await says({ iss: "i", exp: 0 }), "served /");
        assert.equal(await says({ iss: "i", nbf: now() + 50 }), "served /");
        assert.equal(await says({ iss: "i", nbf: now() + 70 }), "401 Jwt not yet valid");
        assert.equal(await says({ iss: "i", iat: now() + HOUR }), "served /");
        const audiences = { audiences: ["https://a.example/"] };
        for (const aud of ["a.example", "http://a.example", "https://a.example/", ["x", "a.example"]])
            assert.equal(await says({ iss: "i", aud }, {}, audiences), "served /", String(aud));
        for (const aud of [undefined, "", [], "a.example//", "A.example", "a.example/x"])
            assert.equal(await says({ iss: "i", aud }, {}, audiences), "403 Audiences in Jwt are not allowed", String(aud));
    });

    it("are refused for claims of another type", async () => {
        assert.equal(await says({ iss: 5 }), "401 Jwt payload [iss] field is not a string");
        assert.equal(await says({ iss: "i", sub: null }), "401 Jwt payload [sub] field is not a string");
        assert.equal(await says({ iss: "i", exp: "1" }), "401 Jwt payload [exp] field is not an integer");
        assert.equal(await says({ iss: "i", exp: -1 }), "401 Jwt payload [exp] field is not a positive 64 bit integer");
        assert.equal(await says({ iss: "i", nbf: 1e300 }), "401 Jwt payload [nbf] field is not a positive 64 bit integer");
        assert.equal(await says({ iss: "i", jti: 1 }), "401 Jwt payload [jti] field is not a string");
        assert.equal(await says({ iss: "i", aud: ["a", 1] }), "401 Jwt payload [aud] field is not a string or string list");
        for (const text of [
            "[1]",
            '{"iss":"x","iss":"i"}',
            '{"iss":"i"} x',
            '{"iss":"i","a":"\\ud800"}',
            '{"iss":"i","a":{"b":1,"\\u0062":2}}',
        ])
            assert.equal(await says(text), "401 Jwt payload is an invalid JSON", text);
        assert.equal(await says(`{"iss":"i","a":${"[".repeat(200)}${"]".repeat(200)}}`), "401 Jwt payload is an invalid JSON");
    });

    it("are refused for their form, and for how they are signed", async () => {
        const gw = one();
        const told = (token: string): string => outcome(gw.ask("a.example/", bearer(token)), gw);
        for (const text of ["a.b", "a..b", "a.b.c.d", ".a.b", "a.b."]) assert.equal(told(text), `401 ${FORM}`, text);
        assert.equal(told("a!.b.c"), "401 Jwt header is an invalid Base64url encoded");
        assert.equal(told("YQ.b.c"), "401 Jwt header is an invalid JSON");
        assert.equal(told(unsigned({}, {})), "401 Jwt header [alg] field is required and must be a string");
        assert.equal(told(unsigned({ alg: "none" }, { iss: "i" })), "401 Jwt header [alg] is not supported");
        assert.equal(told(unsigned({ alg: "none" }, { iss: "i" }, "")), `401 ${FORM}`);
        assert.equal(told(unsigned({ alg: "HS256" }, { iss: "i" })), "401 Jwt header [alg] is not supported");
        assert.equal(told(unsigned({ alg: "RS256", kid: 5 }, { iss: "i" })), "401 Jwt header [kid] field is not a string");
        assert.equal(told(unsigned({ alg: "RS256", crit: ["b64"] }, { iss: "i" })), "401 Jwt header [crit] field is not supported");
        assert.equal(told(unsigned({ alg: "RS256" }, { iss: "i" })), "401 Jwt verification fails");
        assert.equal(told(unsigned({ alg: "ES256" }, { iss: "i" })), "401 Jwt verification fails");
        assert.equal(told(unsigned({ alg: "RS256", kid: "zz" }, { iss: "i" })), "401 Jwks doesn't have key to match kid or alg from Jwt");
        const good = await rsa.sign({ iss: "i" });
        assert.equal(told(`${good}==`), "401 Jwt signature is an invalid Base64url encoded");
        assert.equal(told(`${good} x`), "401 Jwt signature is an invalid Base64url encoded");
        assert.equal(told(await other.sign({ iss: "i" })), "401 Jwt verification fails");
        assert.equal(told("a".repeat(1024 * 1024)), "401 Jwt is longer than 65536 bytes");
    });

    it("are looked for in headers, parameters and cookies, and taken away where they are not for the backend", async () => {
        const token = await rsa.sign({ iss: "i" });
        const bad = await rsa.sign({ iss: "i", exp: 1 });
        const gw = one();
        const ask = (path: string, ...headers: string[]): string => outcome(gw.ask(`a.example${path}`, { headers }), gw);
        assert.equal(ask(`/p?a=%20x&access_token=${token}&b=`), "served /p?a=%20x&b=");
        assert.equal(ask(`/p?access_token=${token}`), "served /p");
        assert.equal(ask(`/p?access_token=${token}&access_token=${bad}`), "served /p");
        assert.equal(ask(`/p?access_token=${bad}&access_token=${token}`), "401 Jwt is expired");
        assert.equal(ask("/p?access_token="), `401 ${FORM}`);
        assert.equal(ask(`/p?a=1;access_token=${bad}`), `served /p?a=1;access_token=${bad}`);
        for (const value of [`Basic x`, `bearer ${bad}`, "Bearer"]) assert.equal(ask("/", "authorization", value), "served /", value);
        assert.equal(ask("/", "authorization", `junk, Bearer ${token}`), "served /");
        assert.equal(ask("/", "authorization", "Basic x", "authorization", `Bearer ${bad}`), "401 Jwt is expired");
        assert.equal(ask("/", "authorization", `Bearer ${token}`, "authorization", `Bearer ${token}`), `401 ${FORM}`);
        const placed = one({
            fromHeaders: [{ name: "X-Jwt", prefix: "JWT " }, { name: "x-raw" }],
            fromParams: ["jt"],
            fromCookies: ["tok"],
        });
        const asked = (path: string, ...headers: string[]): string => outcome(placed.ask(`a.example${path}`, { headers }), placed);
        assert.equal(asked("/", "authorization", `Bearer ${bad}`), "served /");
        assert.equal(asked("/", "x-jwt", `JWT ${bad}`), "401 Jwt is expired");
        assert.equal(asked("/", "x-jwt", `Bearer ${bad}`), "served /");
        assert.equal(asked("/", "x-raw", ""), `401 ${FORM}`);
        assert.equal(asked("/", "x-raw", token, "x-raw", bad), "401 Jwt is expired");
        assert.equal(asked("/", "x-raw", bad, "x-raw", token), "401 Jwt is expired");
        assert.equal(asked("/", "cookie", `a=1; tok="${token}"; tok=${bad}`), "served /");
        assert.equal(placed.cluster(CLUSTER).last.header("cookie"), `a=1; tok="${token}"; tok=${bad}`);
        assert.equal(asked("/", "cookie", `xtok=${bad}; tok2=${bad}`), "served /");
        assert.equal(asked("/", "cookie", "tok="), `401 ${FORM}`);
        assert.equal(asked(`/?jt=${bad}`, "x-jwt", `JWT ${token}`), "401 Jwt is expired");
        assert.equal(asked(`/?jt=${token}`, "x-jwt", `JWT ${bad}`), "401 Jwt is expired");
        assert.equal(asked("/", "cookie", `${"c=1; ".repeat(10_000)}tok=${bad}`), "401 Jwt is expired");
    });

    it("are not asked of a preflight, and no log has one that was refused", async () => {
        const bad = await rsa.sign({ iss: "i", exp: 1 });
        const gw = one();
        const preflight = ["authorization", `Bearer ${bad}`, "origin", "https://x.example", "access-control-request-method", "PUT"];
        assert.equal(outcome(gw.ask("a.example/", { method: "OPTIONS", headers: preflight }), gw), "served /");
        assert.equal(outcome(gw.ask("a.example/", { method: "OPTIONS", headers: preflight.slice(0, 4) }), gw), "401 Jwt is expired");
        assert.equal(gw.ask(`a.example/p?x=1&access_token=${bad}`).record().path, "/p?x=1");
    });

    it("tell the backend their claims, which no client says in their place", async () => {
        const gw = one({
            outputPayloadToHeader: "X-Payload",
            outputClaimToHeaders: [
                ...["n.a", "list", "object", "num", "neg", "float", "big", "flag", "nil", "empty", "scope", "uni"].map((claim) => ({
                    header: `x-${claim.replace(".", "-")}`,
                    claim,
                })),
                { header: "X-Same", claim: "num" },
                { header: "x-same", claim: "flag" },
            ],
        });
        const token = await rsa.sign({
            iss: "i",
            n: { a: "v" },
            list: ["a", "b"],
            object: {},
            num: 12,
            neg: -3,
            float: 0.1234567891,
            big: 1e20,
            flag: false,
            nil: null,
            empty: "",
            scope: "a b",
            uni: "é",
        });
        gw.ask("a.example/", bearer(token));
        const { last } = gw.cluster(CLUSTER);
        const got = Object.fromEntries(
            ["n-a", "list", "object", "num", "neg", "float", "big", "flag", "nil", "empty", "scope", "uni", "same", "payload"].map(
                (name) => [name, last.header(`x-${name}`)],
            ),
        );
        assert.deepEqual(got, {
            "n-a": "v",
            list: "WyJhIiwiYiJd",
            object: "e30=",
            num: "12",
            neg: "-3.000000",
            float: "0.123457",
            big: "100000000000000000000.000000",
            flag: "false",
            nil: undefined,
            empty: undefined,
            scope: "a b",
            uni: "Ã©",
            same: "12 | false",
            payload: token.split(".")[1],
        });
        const spoofed = ["x-num", "13", "x-payload", "p", "x_num", "14", "x-other", "kept", "X_NUM".toLowerCase(), "15"];
        gw.ask("a.example/", { headers: spoofed });
        const { head } = gw.cluster(CLUSTER).last;
        assert.deepEqual(
            head.headers.filter((_, at) => at % 2 === 0 && /^x[-_](num|payload|other)$/.test(head.headers[at]!)),
            ["x-other"],
        );
        const streamed = gw.ask("a.example/", { end: false });
        streamed.receiver.onRequestEnd(["x-num", "1", "x_payload", "2", "x-sum", "3"]);
        assert.deepEqual(gw.cluster(CLUSTER).last.trailers, ["x-sum", "3"]);
        const text = await rsa.sign({ iss: "i", uni: "a\r\nx-num: 1" });
        assert.equal(outcome(gw.ask("a.example/", bearer(text)), gw), "503 invalid header value for: x-uni");
    });

    it("of several rules: one good token is enough, and the first that says more than that it is another's is told", async () => {
        const gw = gateway([
            {
                issuer: "b",
                jwks: keySet(other),
                audiences: ["q"],
                forwardOriginalToken: true,
                outputClaimToHeaders: [{ header: "x-b", claim: "sub" }],
            },
            { issuer: "a", jwks: keySet(rsa), outputClaimToHeaders: [{ header: "x-a", claim: "sub" }] },
        ]);
        const a = await rsa.sign({ iss: "a", sub: "A" });
        const b = await other.sign({ iss: "b", sub: "B", aud: "q" });
        const ask = (header: string, parameter = ""): string => {
            const asked = gw.ask(parameter === "" ? "a.example/" : `a.example/?access_token=${parameter}`, bearer(header));
            const { last } = gw.cluster(CLUSTER);
            return asked.response.status !== 0 ? outcome(asked, gw) : `${last.header("x-a") ?? "-"} ${last.header("x-b") ?? "-"}`;
        };
        assert.equal(ask(a), "A -");
        assert.equal(ask(b), "- B");
        assert.equal(ask(await rsa.sign({ iss: "a", exp: 1 })), "401 Jwt is expired");
        assert.equal(ask(await other.sign({ iss: "b", exp: 1 })), "401 Jwt is expired");
        assert.equal(ask(await other.sign({ iss: "b", aud: "z" })), "403 Audiences in Jwt are not allowed");
        assert.equal(ask(await rsa.sign({ iss: "c" })), "401 Jwt issuer is not configured");
        assert.equal(ask(await rsa.sign({ iss: "b", aud: "q" })), "401 Jwt verification fails");
        assert.equal(ask("zz"), `401 ${FORM}`);
        assert.equal(ask(a, b), "401 Jwt issuer is not configured");
        assert.equal(ask(b, a), "A B");
        const apart = gateway([
            { issuer: "a", jwks: keySet(rsa), fromHeaders: [{ name: "x-a1" }] },
            { issuer: "b", jwks: keySet(other), fromHeaders: [{ name: "x-b1" }] },
        ]);
        const pair = (first: string, second: string): string =>
            outcome(apart.ask("a.example/", { headers: [...(first && ["x-a1", first]), ...(second && ["x-b1", second])] }), apart);
        const expired = await rsa.sign({ iss: "a", exp: 1 });
        assert.equal(pair(expired, await other.sign({ iss: "b" })), "served /");
        assert.equal(pair(await rsa.sign({ iss: "q" }), await other.sign({ iss: "b", exp: 1 })), "401 Jwt is expired");
        assert.equal(pair(expired, "z"), "401 Jwt is expired");
        assert.equal(pair("z", await other.sign({ iss: "b", exp: 1 })), `401 ${FORM}`);
    });

    it("choose the route by their claims, which no header says", async () => {
        const block = (list: string, name: string, match: string): string =>
            `- { match: [{ uri: { exact: /${encodeURIComponent(name)} }, ${list}: { "@request.auth.claims${name}": ${match} } }], directResponse: { status: 299 } }`;
        const rest = "- { directResponse: { status: 204 } }";
        const token = await rsa.sign({
            iss: "i",
            group: "admin",
            roles: ["x", "editor"],
            realm: { access: { roles: ["r"] }, "a.b": "c" },
            scope: "read write",
            num: 5,
            flag: true,
            nil: null,
            uni: "é",
        });
        const cases: readonly (readonly [list: string, name: string, match: string, withToken: number, without: number])[] = [
            ["headers", ".group", "{ exact: admin }", 299, 204],
            ["headers", ".group", "{ exact: adm }", 204, 204],
            ["headers", ".group", "{ prefix: adm }", 299, 204],
            ["headers", ".group", '{ regex: "adm.*" }', 299, 204],
            ["headers", ".group", '{ regex: "dm" }', 204, 204],
            ["headers", ".Group", "{ exact: admin }", 204, 204],
            ["headers", ".group", "{}", 299, 204],
            ["headers", ".roles", "{ exact: editor }", 299, 204],
            ["headers", "[realm][access][roles]", "{ exact: r }", 299, 204],
            ["headers", ".realm.access.roles", "{ exact: r }", 299, 204],
            ["headers", "[realm][a.b]", "{ exact: c }", 299, 204],
            ["headers", ".realm.a.b", "{ exact: c }", 204, 204],
            ["headers", ".scope", "{ exact: write }", 299, 204],
            ["headers", ".scope", '{ exact: "read write" }', 204, 204],
            ["headers", ".num", '{ exact: "5" }', 204, 204],
            ["headers", ".flag", '{ exact: "true" }', 204, 204],
            ["headers", ".num", "{}", 299, 204],
            ["headers", ".nil", "{}", 204, 204],
            ["headers", ".constructor", "{}", 204, 204],
            ["headers", ".uni", "{ exact: é }", 299, 204],
            ["withoutHeaders", ".group", "{ exact: admin }", 204, 299],
            ["withoutHeaders", ".roles", "{ exact: other }", 299, 299],
            ["withoutHeaders", ".roles", "{ exact: editor }", 204, 299],
            ["withoutHeaders", ".group", "{}", 204, 299],
            ["withoutHeaders", ".other", "{}", 299, 299],
        ];
        for (const [list, name, match, withToken, without] of cases) {
            const gw = gateway([{ issuer: "i", jwks: keySet(rsa) }], [block(list, name, match), rest].join("\n    "));
            const path = `a.example/${encodeURIComponent(name)}`;
            const said = ["@request.auth.claims.group", "admin"];
            const got = [gw.ask(path, bearer(token)), gw.ask(path, { headers: said })].map(({ response }) => response.status);
            assert.deepEqual(got, [withToken, without], `${list} ${name} ${match}`);
        }
    });
});
