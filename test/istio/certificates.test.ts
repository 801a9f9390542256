import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { checkCredential, coversHost, certificatesIn, namesOf, type JudgedCredential } from "../../istio";
import { makeAuthority, type TestAuthority, type TestCertificate } from "../support/certificates";

const DAY = 24 * 3600 * 1000;

describe("certificates", () => {
    let authority: TestAuthority;
    let leaf: TestCertificate;
    let other: TestCertificate;
    const now = Date.now();
    const codes = (change: Partial<JudgedCredential>, hosts?: readonly string[], at = now): string[] =>
        checkCredential({ certificate: leaf.cert, privateKey: leaf.key, ...change }, { now: at, ...(hosts ? { hosts } : {}) }).map(
            ({ code, part }) => `${code} ${part}`,
        );

    before(async () => {
        authority = await makeAuthority();
        leaf = await authority.issue({ dns: ["a.example.com", "*.b.example.com"], ips: ["10.0.0.1"], notAfter: new Date(now + 90 * DAY) });
        other = await authority.issue({ dns: ["c.example.com"], notAfter: new Date(now + 90 * DAY) });
    });

    it("are good with their key, their chain and their authority", () => {
        assert.deepEqual(codes({}), []);
        assert.deepEqual(codes({ certificate: leaf.cert + authority.cert, ca: authority.cert }), []);
    });

    it("are refused with another's key", () => {
        assert.deepEqual(codes({ privateKey: other.key }), ["GH0121 privateKey"]);
        assert.deepEqual(codes({ certificate: authority.cert + leaf.cert })[0], "GH0121 privateKey", "the leaf comes first");
    });

    it("are refused before and after their time, and warned of shortly before its end", () => {
        assert.deepEqual(codes({}, undefined, now + 100 * DAY), ["GH0122 certificate"]);
        assert.deepEqual(codes({}, undefined, now - 3650 * DAY), ["GH0123 certificate"]);
        assert.deepEqual(codes({}, undefined, now + 80 * DAY), ["GH0124 certificate"]);
    });

    it("are refused when they are no PEM, cut short, swapped or empty", () => {
        assert.deepEqual(codes({ certificate: "nothing" }), ["GH0119 certificate"]);
        assert.deepEqual(codes({ certificate: "" }), ["GH0119 certificate"]);
        assert.deepEqual(codes({ certificate: leaf.cert.slice(0, -40) }), ["GH0119 certificate"]);
        assert.deepEqual(
            codes({ certificate: leaf.cert + authority.cert.slice(0, -40) }),
            ["GH0119 certificate"],
            "a chain that is cut short",
        );
        assert.deepEqual(codes({ certificate: leaf.cert.replace(/\n[A-Za-z0-9+/]{10}/, "\nAAAAAAAAAA") }), ["GH0119 certificate"]);
        assert.deepEqual(codes({ certificate: leaf.key, privateKey: leaf.cert }), ["GH0119 certificate", "GH0120 privateKey"]);
        assert.deepEqual(codes({ privateKey: leaf.key.slice(0, 80) }), ["GH0120 privateKey"]);
        assert.deepEqual(codes({ ca: "x" }), ["GH0119 ca"]);
    });

    it("are refused with an encrypted key", () => {
        const encrypted = execFileSync("openssl", ["pkcs8", "-topk8", "-passout", "pass:x"], {
            input: leaf.key,
            encoding: "utf8",
            stdio: ["pipe", "pipe", "ignore"],
        });
        const [fault] = checkCredential({ certificate: leaf.cert, privateKey: encrypted }, { now });
        assert.equal(fault?.code, "GH0120");
        assert.match(fault?.message ?? "", /encrypted/);
    });

    it("name the hosts they do not cover", () => {
        assert.deepEqual(codes({}, ["a.example.com", "A.Example.com", "x.b.example.com", "*.b.example.com", "10.0.0.1", "*"]), []);
        for (const host of ["d.example.com", "x.y.b.example.com", "b.example.com", "*.example.com", "10.0.0.2"]) {
            assert.deepEqual(codes({}, [host]), ["GH0125 certificate"], host);
        }
    });

    it("give their names", () => {
        const [certificate] = certificatesIn(leaf.cert) ?? [];
        assert.deepEqual(certificate && namesOf(certificate), ["a.example.com", "*.b.example.com", "10.0.0.1"]);
        assert.equal(coversHost(["*.com"], "a.com"), true);
        assert.equal(coversHost([], "a.com"), false);
    });

    it("never show a key", () => {
        const body = leaf.key.split("\n")[1] ?? "";
        const faults = [
            { privateKey: leaf.key.slice(0, 100) },
            { certificate: leaf.key },
            { ca: leaf.key },
            { privateKey: `x${leaf.key}y` },
        ].flatMap((change) => checkCredential({ certificate: leaf.cert, privateKey: leaf.key, ...change }, { now, hosts: [leaf.key] }));
        assert.ok(faults.length > 3);
        assert.ok(!JSON.stringify(faults).includes(body.slice(0, 20)));
    });
});
