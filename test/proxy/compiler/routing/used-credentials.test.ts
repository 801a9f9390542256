/** Secrets: where they are looked up, what is wrong with them, what stays in force. */
import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import type { CompileInput } from "../../../../proxy/compiler";
import { makeAuthority, makeSelfSigned, type TestAuthority, type TestCertificate } from "../../../support/certificates";
import { NOW, codesOf, compileYaml, entries, gateway, messagesOf } from "../support";

const DAY = 24 * 60 * 60 * 1000;
const https = (tls = "mode: SIMPLE, credentialName: web", hosts = "a.example.com"): string =>
    gateway("g", `- { port: { number: 443, name: https, protocol: HTTPS }, hosts: [${hosts}], tls: { ${tls} } }`, { namespace: "team" });
const secret = (name: string, data: Readonly<Record<string, string>>, namespace = "istio-system"): string =>
    `\n---\napiVersion: v1\nkind: Secret\nmetadata: { name: ${name}, namespace: ${namespace} }\nstringData: ${JSON.stringify(data)}\n`;
const pair = ({ cert, key }: TestCertificate): Record<string, string> => ({ "tls.crt": cert, "tls.key": key });

describe("credentials", () => {
    let ca: TestAuthority;
    let web: TestCertificate;
    let other: TestCertificate;
    before(async () => {
        ca = await makeAuthority();
        web = await ca.issue({ dns: ["a.example.com"] });
        other = await ca.issue({ dns: ["a.example.com"], rsa: true });
    });
    const compiled = (yaml: string, options: Partial<CompileInput> = {}): ReturnType<typeof compileYaml> => compileYaml(yaml, options);
    const served = (yaml: string, key = "kubernetes://istio-system/web"): string | undefined =>
        compiled(yaml).tables.secrets.get(key)?.certificate;
    const faults = (yaml: string): string[] => codesOf(compiled(yaml)).filter((code) => /^GH01(1[89]|2)/.test(code));

    for (const name of ["web", "kubernetes://web", "kubernetes://istio-system/web", "kubernetes-gateway://istio-system/web"]) {
        it(`are found as ${name}`, () => {
            assert.equal(served(https(`mode: SIMPLE, credentialName: "${name}"`) + secret("web", pair(web))), web.cert);
        });
    }

    it("take cert and key before tls.crt and tls.key, and base64 data", () => {
        assert.equal(served(https() + secret("web", { ...pair(other), cert: web.cert, key: web.key })), web.cert);
        const data = JSON.stringify({
            "tls.crt": Buffer.from(web.cert).toString("base64"),
            "tls.key": Buffer.from(web.key).toString("base64"),
        });
        assert.equal(served(https() + secret("web", {}).replace("stringData: {}", `data: ${data}`)), web.cert);
    });

    it("serve an RSA beside an ECDSA certificate", () => {
        const { tables } = compiled(
            https("mode: SIMPLE, credentialNames: [web, rsa]") + secret("web", pair(web)) + secret("rsa", pair(other)),
        );
        assert.deepEqual([...tables.secrets.keys()], ["kubernetes://istio-system/rsa", "kubernetes://istio-system/web"]);
        const [chain] = entries(tables, "chains");
        assert.deepEqual(chain?.tls?.mode === "SIMPLE" && chain.tls.secrets, [
            "kubernetes://istio-system/web",
            "kubernetes://istio-system/rsa",
        ]);
    });

    it("that are in the Gateway's namespace instead of the proxy's are named with both", () => {
        const compilation = compiled(https() + secret("web", pair(web), "team"));
        assert.match(
            messagesOf(compilation),
            /Error GH0420 Gateway team\/g spec\.servers\[0\]\.tls\.credentialName: There is no Secret web in namespace istio-system.*connections for host a\.example\.com are refused.*namespace team, this object's own/,
        );
        assert.equal(compilation.tables.chains.size, 1);
    });

    it("without the keys say it in Istio's words", () => {
        const message = messagesOf(compiled(https() + secret("web", { a: "1", b: "2", c: "3", d: "4", e: "5" })));
        assert.match(
            message,
            /GH0118 .*Secret istio-system\/web: found secret, but didn't have expected keys \(cert and key\) or \(tls\.crt and tls\.key\); found: a, b, c, and 2 more\.\.\.;/,
        );
        assert.match(
            messagesOf(compiled(https() + secret("web", { "tls.crt": "", "tls.key": "" }))),
            /found keys tls\.crt and tls\.key, but they were empty/,
        );
    });

    it("whose key belongs to another certificate, or that are no PEM, are not served and never quoted", () => {
        const mixed = compiled(https() + secret("web", { "tls.crt": web.cert, "tls.key": other.key }));
        assert.match(messagesOf(mixed), /GH0121 .*Secret istio-system\/web: the private key does not belong to the certificate/);
        assert.equal(mixed.tables.secrets.size, 0);
        for (const data of [
            { "tls.crt": "hello", "tls.key": web.key },
            { "tls.crt": web.cert, "tls.key": "hello" },
            { "tls.crt": web.cert.replace(/M/g, "N"), "tls.key": web.key },
        ]) {
            const bad = compiled(https() + secret("web", data));
            assert.match(
                faults(https() + secret("web", data)).join(),
                /^GH01(19|20) Gateway team\/g spec\.servers\[0\]\.tls\.credentialName$/,
            );
            const quoted = [web.cert, web.key, "hello"]
                .flatMap((text) => text.split("\n"))
                .filter((line) => line !== "" && !line.startsWith("-----"));
            assert.deepEqual(
                quoted.filter((line) => messagesOf(bad).includes(line)),
                [],
            );
        }
    });

    it("that have expired, or are not valid yet, are served and reported", async () => {
        const old = await ca.issue({ dns: ["a.example.com"], notBefore: new Date(NOW - 9 * DAY), notAfter: new Date(NOW - DAY) });
        const young = await ca.issue({ dns: ["a.example.com"], notBefore: new Date(NOW + DAY) });
        assert.equal(served(https() + secret("web", pair(old))), old.cert);
        assert.deepEqual(faults(https() + secret("web", pair(old))), ["GH0122 Gateway team/g spec.servers[0].tls.credentialName"]);
        assert.deepEqual(faults(https() + secret("web", pair(young))), ["GH0123 Gateway team/g spec.servers[0].tls.credentialName"]);
    });

    it("that do not cover a host are reported", async () => {
        const wild = await makeSelfSigned({ dns: ["*.example.com"] });
        assert.deepEqual(
            faults(
                https("mode: SIMPLE, credentialName: web", 'a.example.com, "*.example.com", a.b.example.com') + secret("web", pair(wild)),
            ),
            ["GH0125 Gateway team/g spec.servers[0].tls.credentialName"],
        );
        assert.match(
            messagesOf(compiled(https("mode: SIMPLE, credentialName: web", "a.b.example.com") + secret("web", pair(wild)))),
            /does not name a\.b\.example\.com; it is for \*\.example\.com/,
        );
    });

    for (const name of ["kubernetes://other/web", "configmap://istio-system/web", "builtin://", "kubernetes://a/b/c"]) {
        it(`named ${name} are refused`, () => {
            const compilation = compiled(https(`mode: SIMPLE, credentialName: "${name}"`) + secret("web", pair(web), "other"));
            assert.deepEqual(
                [codesOf(compilation).filter((code) => code.startsWith("GH0426")).length, compilation.tables.secrets.size],
                [1, 0],
            );
        });
    }

    it("find the client CA in the -cacert Secret first, then beside the certificate", () => {
        const mutual = https("mode: MUTUAL, credentialName: web");
        const caOf = (yaml: string): unknown => {
            const [chain] = entries(compiled(yaml).tables, "chains");
            return chain?.tls?.mode === "MUTUAL" && chain.tls.caSecret;
        };
        const beside = mutual + secret("web", { ...pair(web), "ca.crt": ca.cert });
        assert.equal(caOf(beside), "kubernetes://istio-system/web");
        assert.equal(compiled(beside).tables.secrets.get("kubernetes://istio-system/web")?.ca, ca.cert);
        const separate = beside + secret("web-cacert", { cacert: ca.cert });
        assert.equal(caOf(separate), "kubernetes://istio-system/web-cacert");
        assert.deepEqual(compiled(separate).tables.secrets.get("kubernetes://istio-system/web")?.ca, "", "what is not used is not sent");
        assert.equal(
            caOf(
                https("mode: MUTUAL, credentialName: web, caCertCredentialName: mine") +
                    secret("web", pair(web)) +
                    secret("mine", { "ca.crt": ca.cert }),
            ),
            "kubernetes://istio-system/mine",
        );
        assert.deepEqual(faults(mutual + secret("web", pair(web))), ["GH0118 Gateway team/g spec.servers[0].tls.credentialName"]);
    });

    it("keep their last good version when they break or go away, and change with the next good one", () => {
        const good = compiled(https() + secret("web", pair(web)));
        const previousSecrets = good.tables.secrets;
        for (const broken of [secret("web", { "tls.crt": web.cert, "tls.key": other.key }), secret("web", {}), ""]) {
            const kept = compiled(https() + broken, { previousSecrets });
            assert.deepEqual([...kept.tables.secrets], [...previousSecrets]);
            assert.match(messagesOf(kept), /last good version stays in force for host a\.example\.com/);
        }
        const next = compiled(https() + secret("web", pair(other)), { previousSecrets });
        assert.equal(entries(next.tables, "secrets")[0]?.certificate, other.cert);
        assert.notEqual(entries(next.tables, "secrets")[0]?.fingerprint, entries(good.tables, "secrets")[0]?.fingerprint);
        assert.equal(
            compiled(gateway("g", '- { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }'), { previousSecrets }).tables
                .secrets.size,
            0,
            "what nobody uses is gone",
        );
    });

    it("of one host never touch another", () => {
        const two = gateway(
            "g",
            "- { port: { number: 443, name: a, protocol: HTTPS }, hosts: [a.example.com], tls: { mode: SIMPLE, credentialName: missing } }\n- { port: { number: 443, name: b, protocol: HTTPS }, hosts: [b.example.com], tls: { mode: SIMPLE, credentialName: web } }",
        );
        const { tables } = compiled(two + secret("web", pair(web)));
        assert.deepEqual([[...tables.secrets.keys()], tables.chains.size], [["kubernetes://istio-system/web"], 2]);
    });
});
