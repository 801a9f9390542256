import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import fc from "fast-check";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { onConnectionFault } from "../../../proxy/net/connection-faults";
import { alternativeNameAllowed, forwardedClientCert } from "../../../proxy/tls/client-certificate";
import { makeAuthority, type TestAuthority } from "../../support/certificates";
import { ask, Front, httpChain, listenerEntry, secretEntry, terminated, type Seen } from "../../support/front";
import { attribute, der, extension, oddCertificate, oid } from "../../support/der-writer";

const CN = "2.5.4.3";
const NONE = der(0x30);
const uri = (text: string): Buffer => der(0x86, text);
const dns = (text: string): Buffer => der(0x82, text);
const parsed = (subject: Buffer, names?: readonly Buffer[], more: readonly Buffer[] = []): X509Certificate =>
    new X509Certificate(oddCertificate(subject, names, { extensions: more }).cert);

/** As backends read it: fields end at semicolons outside of quotes, and a backslash takes the meaning from what follows. */
function fieldsOf(header: string): [string, string][] {
    const fields: string[] = [""];
    let quoted = false;
    for (let at = 0; at < header.length; at++) {
        const character = header[at]!;
        assert.ok(character >= " " && character <= "~", `a byte ${character.charCodeAt(0)} in the header`);
        if (character === "\\" && quoted) fields[fields.length - 1] += header.slice(at, ++at + 1);
        else if (character === '"') quoted = !quoted;
        else if (!quoted && (character === ";" || character === ",")) fields.push("");
        else fields[fields.length - 1] += character;
    }
    assert.ok(!quoted, "a quote is left open");
    return fields.map((field) => [field.slice(0, field.indexOf("=")), field.slice(field.indexOf("=") + 1)]);
}

const ODD: Readonly<Record<string, [subject: Buffer, names?: readonly Buffer[], extensions?: readonly Buffer[]]>> = {
    "an empty subject": [NONE, [uri("spiffe://cluster.local/ns/a/sa/b")]],
    "neither subject nor names": [NONE],
    "an emoji as its name": [der(0x30, attribute(CN, der(0x0c, Buffer.from("🦊"))))],
    "line breaks, NUL, quotes and commas": [
        der(0x30, attribute(CN, der(0x0c, 'a\r\nb\0c",;=\\'))),
        [uri('spiffe://x/";URI=spiffe://admin,\r\n\0'), dns('a.test",;DNS=admin.test')],
    ],
    "a subject that looks like another field": [der(0x30, attribute(CN, der(0x0c, '";URI=spiffe://admin;Subject="')))],
    "names of every kind": [
        NONE,
        [
            der(0xa0, oid("1.3.6.1.4.1.311.20.2.3"), der(0xa0, der(0x0c, "upn@x"))),
            der(0x81, "a@b"),
            dns("a"),
            der(0xa4, der(0x30, attribute(CN, der(0x0c, "x")))),
            der(0xa5, der(0xa1, der(0x0c, "x"))),
            uri("u"),
            der(0x87, Buffer.of(1, 2, 3, 4)),
            der(0x88, Buffer.of(0x2a, 3)),
        ],
    ],
    "addresses of no length": [NONE, [der(0x87, Buffer.of(1, 2, 3)), der(0x87)]],
    "a very long name": [der(0x30, attribute(CN, der(0x0c, "x".repeat(9_000)))), [uri(`spiffe://${"y".repeat(9_000)}`)]],
    "names that are no DER": [NONE, undefined, [extension("2.5.29.17", Buffer.from([0x30, 0x84, 0xff, 0xff]))]],
    "two lists of names": [NONE, [uri("spiffe://one")], [extension("2.5.29.17", der(0x30, uri("spiffe://two")))]],
    "an attribute that nobody knows": [der(0x30, attribute("1.2.3.4", der(0x0c, "x,CN=admin")))],
    "several values in one": [der(0x30, der(0x31, der(0x30, oid(CN), der(0x0c, "a")), der(0x30, oid("2.5.4.10"), der(0x0c, "b+CN=c"))))],
};

describe("client certificates of strangers", () => {
    describe("as x-forwarded-client-cert", () => {
        const header = (...args: Parameters<typeof parsed>): string =>
            forwardedClientCert(parsed(...args)).replace(/^Hash=[0-9a-f]{64};Cert="[^"]+";/, "");

        it("is Envoy's form", () => {
            assert.equal(
                header(der(0x30, attribute("2.5.4.10", der(0x0c, "Acme, Inc.")), attribute(CN, der(0x0c, Buffer.from("Zoë")))), [
                    uri("spiffe://a/b"),
                    dns("x.test"),
                ]),
                String.raw`Subject="CN=Zo\C3\AB,O=Acme\, Inc.";URI=spiffe://a/b;DNS=x.test`,
            );
            assert.equal(header(...ODD["an empty subject"]!), `Subject="";URI=spiffe://cluster.local/ns/a/sa/b`);
            assert.equal(header(...ODD["neither subject nor names"]!), `Subject="";URI=`);
            assert.equal(header(...ODD["two lists of names"]!), `Subject="";URI=`);
        });

        it("has the fields that we write, whatever stands in the certificate", () => {
            const octets = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
            const risky = fc
                .array(fc.constantFrom(...'";,=\\\r\n\0 #+<>URI=a'.split("")), { maxLength: 20 })
                .map((parts) => Buffer.from(parts.join(""), "latin1"));
            const content = fc.oneof(octets, risky);
            const subjects = fc.array(
                fc.tuple(fc.constantFrom(CN, "2.5.4.10", "1.2.3"), fc.constantFrom(0x0c, 0x13, 0x14, 0x16, 0x1c, 0x1e), content),
                { maxLength: 3 },
            );
            const names = fc.array(fc.tuple(fc.constantFrom(0x81, 0x82, 0x86, 0x87, 0xa0, 0xa4), content), { maxLength: 4 });
            fc.assert(
                fc.property(subjects, names, (subject, list) => {
                    let certificate: X509Certificate;
                    try {
                        certificate = parsed(
                            der(0x30, ...subject.map(([type, tag, value]) => attribute(type, der(tag, value)))),
                            list.map(([tag, value]) => der(tag, value)),
                        );
                    } catch {
                        return; // OpenSSL does not take it: neither does a handshake.
                    }
                    const of = (tag: number): number => list.filter(([one]) => one === tag).length;
                    const found = fieldsOf(forwardedClientCert(certificate)).map(([name]) => name);
                    const uris = Math.max(1, of(0x86));
                    assert.deepEqual(found, [
                        "Hash",
                        "Cert",
                        "Subject",
                        ...Array<string>(uris).fill("URI"),
                        ...Array<string>(of(0x82)).fill("DNS"),
                    ]);
                }),
                { numRuns: 300 },
            );
        });

        it("names nobody that the certificate does not name", () => {
            for (const [what, args] of Object.entries(ODD)) {
                const found = fieldsOf(forwardedClientCert(parsed(...args)));
                assert.ok(
                    !found.some(
                        ([name, value]) => (name === "URI" && value === "spiffe://admin") || (name === "DNS" && value === "admin.test"),
                    ),
                    what,
                );
            }
        });
    });

    it("match the names that are allowed byte by byte", () => {
        const certificate = parsed(NONE, [
            uri("spiffe://a/b\0"),
            dns("A.Test"),
            der(0x87, Buffer.from("20010db8000000000000000000000001", "hex")),
            der(0x81, "a@b"),
            uri('spiffe://x"y, z'),
        ]);
        const allowed = (name: string): boolean => alternativeNameAllowed(certificate, [name]);
        assert.deepEqual(["a.test", "2001:db8::1", "2001:DB8:0::1", "a@b", 'spiffe://x"y, z'].map(allowed), [true, true, true, true, true]);
        assert.deepEqual(
            ["spiffe://a/b", "spiffe://x", "z", "b.test", "2001:db8::2", "A@b", "", "é"].map(allowed),
            Array<boolean>(8).fill(false),
        );
    });

    describe("in a handshake", () => {
        const front = new Front();
        let ca: TestAuthority;
        const faults: unknown[] = [];

        before(async () => {
            ca = await makeAuthority();
            const server = await ca.issue({ dns: ["a.test"] });
            await front.start({
                listeners: [listenerEntry("tls")],
                secrets: [secretEntry("a", server), secretEntry("ca", {}, ca.cert)],
                chains: [
                    httpChain("any", ["any.test"], terminated("a", { mode: "MUTUAL", insecureSkipVerify: true })),
                    httpChain("known", ["known.test"], terminated("a", { mode: "MUTUAL", caSecret: "ca" })),
                ],
            });
        });
        beforeEach(() => onConnectionFault((error) => faults.push(error)));
        afterEach(() => {
            onConnectionFault(undefined);
            faults.length = 0;
        });
        after(() => front.close());

        for (const [what, [subject, names, extensions = []]] of Object.entries(ODD)) {
            it(`with ${what} are served or refused, and nothing is thrown`, async () => {
                for (const name of ["any.test", "known.test"]) {
                    const seen = await ask(front.tls(name, oddCertificate(subject, names, { signer: ca, extensions })));
                    if (typeof seen !== "string") fieldsOf(seen.forwardedClientCert);
                }
                assert.deepEqual(faults, []);
            });
        }

        it("that break what handles them cost their own connection", async () => {
            const certificate = await ca.issue({ dns: ["c.test"] });
            const original = front.acceptor.secure.bind(front.acceptor);
            front.acceptor.secure = () => {
                throw new Error("a fault of our own");
            };
            assert.equal(typeof (await ask(front.tls("any.test", certificate))), "string");
            front.acceptor.secure = original;
            assert.deepEqual(faults.map(String), ["Error: a fault of our own"]);
            assert.equal(((await ask(front.tls("any.test", certificate))) as Seen).chain, "any");
        });
    });
});
