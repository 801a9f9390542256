/** Which certificates of backends are taken under TLS origination, and by which names. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import type { KubeObject } from "../../../istio";
import {
    addressName,
    chained,
    dnsName,
    labAuthority,
    labCertificate,
    labRevocations,
    uriName,
    type LabOptions,
    type LabPair,
} from "../../support/certificate-lab";
import { ODD_CHAINS, ODD_FIELDS, ODD_KEYS, ODD_USES, showable, type OddCertificate } from "../../support/odd-certificates";
import {
    ask,
    httpGateway,
    istioObject,
    nameOf,
    secret,
    type Answer,
    type Ask,
    type Case,
    type Play,
    type Setting,
    type Topic,
} from "../support/case";

interface Backend {
    /** What it shows. */
    readonly shows: LabPair;
    /** The Secret of the authority. */
    readonly trusts: Readonly<Record<string, string>>;
    /** Of the DestinationRule. */
    readonly tls?: object;
    /** Of the host, else `<name>.backends.example`. */
    readonly host?: string;
    readonly names?: readonly string[];
    /** Asks for a certificate of this authority. */
    readonly asks?: LabPair;
    /** The certificate of ours, in the Secret. */
    readonly own?: LabPair;
}

async function serve(setting: Setting, backends: Readonly<Record<string, Backend>>): Promise<Play> {
    const servers: tls.Server[] = [];
    const objects: KubeObject[] = [];
    const asks: Record<string, Ask> = {};
    const rules: object[] = [];
    for (const [
        name,
        { shows, trusts, tls: settings = {}, host = `${name}.backends.example`, names, asks: authority, own },
    ] of Object.entries(backends)) {
        const server = tls.createServer(
            {
                cert: shows.cert,
                key: shows.key,
                ciphers: `${tls.DEFAULT_CIPHERS}:@SECLEVEL=0`,
                ...(authority ? { ca: authority.cert, requestCert: true, rejectUnauthorized: true } : {}),
            },
            (socket) => {
                socket
                    .on("error", () => undefined)
                    .once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"));
            },
        );
        server.on("tlsClientError", () => undefined).listen(0, "127.0.0.1");
        await once(server, "listening");
        servers.push(server);
        const { port } = server.address() as AddressInfo;
        objects.push(
            secret(name, { ...trusts, ...(own ? { "tls.crt": own.cert, "tls.key": own.key } : {}) }),
            istioObject("ServiceEntry", name, {
                hosts: [host],
                location: "MESH_EXTERNAL",
                resolution: "STATIC",
                ports: [{ number: 443, name: "http", protocol: "HTTP" }],
                endpoints: [{ address: "127.0.0.1", ports: { http: port } }],
                ...(names ? { subjectAltNames: names } : {}),
            }),
            istioObject("DestinationRule", name, {
                host,
                trafficPolicy: { tls: { mode: own ? "MUTUAL" : "SIMPLE", credentialName: name, ...settings } },
            }),
        );
        rules.push({
            match: [{ uri: { exact: `/${name}` } }],
            route: [{ destination: { host, port: { number: 443 } } }],
            retries: { attempts: 0 },
        });
        asks[name] = ask("front.example", `GET /${name}`, [], { anyReason: true });
    }
    objects.push(...httpGateway(setting, ["front.example"], rules));
    return {
        objects,
        asks,
        stop: async () => {
            for (const server of servers) {
                server.close();
            }
            await Promise.resolve();
        },
    };
}

const HOST = "host.backends.example";
const leaf = (signer: LabPair | undefined, more: LabOptions = {}): LabPair =>
    labCertificate({ cn: "backend", names: [dnsName(HOST)], ...(signer ? { signer } : {}), ...more });

const REFUSED = { status: 503, body: undefined, headers: undefined } as unknown as Answer;
const WEAK = { ours: REFUSED, why: "RSA keys below 2048 bits and signatures over SHA-1 can be forged" };
const SOUND = { ours: { status: 200, body: "ok", headers: { "content-length": "2" } }, why: "a sound signature" };
const NOT_VALID = {
    ours: REFUSED,
    why: "Istio's validation refuses a rule that says how to verify and not to; no webhook stood before the recorded istiod",
};
const OWN_NAME = {
    ours: REFUSED,
    why: "Istio verifies no name where a server name is set and none is asked for: any backend of the authority is taken for another",
};

const verification: Case = {
    title: "what is verified",
    differences: { rsa1024: WEAK, sha1: WEAK, ed25519: SOUND, p521: SOUND, skip: NOT_VALID },
    make: (setting) => {
        const root = labAuthority("Root");
        const issuing = labAuthority("Issuing", { signer: root });
        const other = labAuthority("Other");
        const rsa = labAuthority("RSA", { key: "rsa" });
        const self = leaf(undefined);
        const bare = labCertificate({ cn: "Says nothing", signer: root });
        const trusts = { "ca.crt": root.cert };
        const plain = { sni: HOST };
        const one = (shows: LabPair, more: Partial<Backend> = {}): Backend => ({ shows, trusts, tls: plain, ...more });
        return serve(setting, {
            good: one(leaf(root)),
            chain: one(chained(leaf(issuing), issuing)),
            "chain-cut": one(leaf(issuing)),
            issuing: one(leaf(issuing), { trusts: { "ca.crt": issuing.cert } }),
            "issuing-and-root-shown": one(chained(leaf(issuing), issuing, root), { trusts: { "ca.crt": issuing.cert } }),
            other: one(leaf(other)),
            self: one(self, { trusts: { "ca.crt": self.cert } }),
            "self-unknown": one(self),
            expired: one(leaf(root, { until: -0.5 })),
            early: one(leaf(root, { from: 1 })),
            "for-clients": one(leaf(root, { purposes: ["client"] })),
            "for-servers": one(leaf(root, { purposes: ["server"] })),
            "for-anything": one(leaf(root, { purposes: ["any"] })),
            "no-signatures": one(leaf(root, { usage: 0x20 })),
            "no-authority": one(chained(leaf(bare), bare)),
            "an-authority": one(labAuthority("backend", { signer: root, names: [dnsName(HOST)] })),
            rsa1024: one(leaf(root, { key: "rsa1024" })),
            ed25519: one(leaf(root, { key: "ed25519" })),
            p521: one(leaf(root, { key: "p521" })),
            sha1: one(leaf(rsa, { sha1: true }), { trusts: { "ca.crt": rsa.cert } }),
            skip: one(leaf(other), { tls: { ...plain, insecureSkipVerify: true } }),
            mutual: one(leaf(root), { asks: root, own: labCertificate({ cn: "us", signer: root }) }),
        });
    },
};

const names: Case = {
    title: "names",
    differences: {
        "sni-other-name": OWN_NAME,
        "sni-wildcard-two-labels": OWN_NAME,
        "sni-uri": OWN_NAME,
        "skip-names": NOT_VALID,
        "asked-uri-as-dns": { ours: REFUSED, why: "a URI is an identity, and an authority that gives DNS names did not give it" },
    },
    make: (setting) => {
        const root = labAuthority("Root");
        const trusts = { "ca.crt": root.cert };
        const shown = (list: readonly Buffer[], more: LabOptions = {}): LabPair => leaf(root, { names: list, ...more });
        const one = (list: readonly Buffer[], tls: object, more: Partial<Backend> = {}): Backend => ({
            shows: shown(list),
            trusts,
            tls,
            ...more,
        });
        const sni = { sni: HOST };
        const asked = (...subjectAltNames: readonly string[]): object => ({ sni: HOST, subjectAltNames });
        return serve(setting, {
            "sni-and-name": one([dnsName(HOST)], sni),
            "sni-other-name": one([dnsName("other.example")], sni),
            "sni-capitals": one([dnsName(HOST.toUpperCase())], sni),
            "sni-wildcard": one([dnsName("*.backends.example")], sni),
            "sni-wildcard-two-labels": one([dnsName("*.example")], sni),
            "sni-wildcard-part": one([dnsName("h*.backends.example")], sni),
            "sni-common-name": { shows: labCertificate({ cn: HOST, signer: root }), trusts, tls: sni },
            "sni-uri": one([uriName(`https://${HOST}`)], sni),
            "none-host-name": { ...one([dnsName("none-host-name.backends.example")], {}) },
            "none-front-name": one([dnsName("front.example")], {}),
            "none-other-name": one([dnsName("other.example")], {}),
            "asked-dns": one([dnsName("a.example")], asked("a.example")),
            "asked-dns-capitals": one([dnsName("A.EXAMPLE")], asked("a.example")),
            "asked-dns-not-there": one([dnsName(HOST)], asked("a.example")),
            "asked-dns-wildcard": one([dnsName("*.b.example")], asked("a.b.example")),
            "asked-pattern": one([dnsName("a.b.example")], asked("*.b.example")),
            "asked-pattern-itself": one([dnsName("*.b.example")], asked("*.b.example")),
            "asked-uri": one([uriName("spiffe://x/a")], asked("spiffe://x/a")),
            "asked-uri-capitals": one([uriName("SPIFFE://x/a")], asked("spiffe://x/a")),
            "asked-uri-as-dns": one([dnsName("spiffe://x/a")], asked("spiffe://x/a")),
            "asked-address": one([addressName(10, 1, 2, 3)], asked("10.1.2.3")),
            "asked-address-as-dns": one([dnsName("10.1.2.3")], asked("10.1.2.3")),
            "asked-several": one([dnsName("b.example")], asked("a.example", "b.example")),
            "asked-common-name": { shows: labCertificate({ cn: "a.example", signer: root }), trusts, tls: asked("a.example") },
            "entry-names": one([dnsName("entry.example")], sni, { names: ["entry.example"] }),
            "entry-names-not-there": one([dnsName(HOST)], sni, { names: ["entry.example"] }),
            "skip-names": one([dnsName("b.example")], { ...asked("a.example"), insecureSkipVerify: true }),
        });
    },
};

const revocation: Case = {
    title: "revocation lists",
    differences: { skip: NOT_VALID },
    make: (setting) => {
        const root = labAuthority("Root");
        const issuing = labAuthority("Issuing", { signer: root });
        const other = labAuthority("Other");
        const bad = leaf(root);
        const list = labRevocations(root, [bad]);
        const tls = { sni: HOST };
        const own = labCertificate({ cn: "us", signer: root });
        const trusts = { "ca.crt": root.cert, "ca.crl": list };
        return serve(setting, {
            good: { shows: leaf(root), trusts, tls },
            revoked: { shows: bad, trusts, tls },
            "revoked-generic": { shows: bad, trusts: { cacert: root.cert, crl: list }, tls },
            "good-generic": { shows: leaf(root), trusts: { cacert: root.cert, crl: list }, tls },
            "revoked-mutual": { shows: bad, trusts, tls, own, asks: root },
            "good-mutual": { shows: leaf(root), trusts, tls, own, asks: root },
            another: { shows: leaf(root), trusts: { "ca.crt": root.cert, "ca.crl": labRevocations(other, []) }, tls },
            expired: {
                shows: leaf(root),
                trusts: { "ca.crt": root.cert, "ca.crl": labRevocations(root, [], { from: -3, until: -1 }) },
                tls,
            },
            below: { shows: chained(leaf(issuing), issuing), trusts, tls },
            "both-levels": {
                shows: chained(leaf(issuing), issuing),
                trusts: { "ca.crt": root.cert, "ca.crl": `${list}${labRevocations(issuing, [])}` },
                tls,
            },
            unreadable: { shows: leaf(root), trusts: { "ca.crt": root.cert, "ca.crl": "no list" }, tls },
            skip: { shows: bad, trusts, tls: { ...tls, insecureSkipVerify: true } },
        });
    },
};

function odd(title: string, table: Readonly<Record<string, OddCertificate>>, differences: Case["differences"] = {}): Case {
    return {
        title,
        differences,
        make: (setting) => {
            const root = labAuthority("Root");
            return serve(
                setting,
                Object.fromEntries(
                    showable(table, root, HOST).map(([title, shows]) => [
                        nameOf(title),
                        { shows, trusts: { "ca.crt": root.cert }, tls: { sni: HOST, subjectAltNames: [HOST] } },
                    ]),
                ),
            );
        },
    };
}

export const backendCertificates: Topic = {
    name: "backend-certificates",
    cases: [
        verification,
        names,
        revocation,
        odd("odd keys", ODD_KEYS, { "rsa-for-pss-alone": SOUND, brainpoolp256r1: SOUND, ed448: SOUND }),
        odd("odd uses", ODD_USES, {
            "ca-false-with-a-path-length": { ...SOUND, why: "what is no authority has no path: it says nothing" },
        }),
        odd("odd fields", ODD_FIELDS),
        odd("odd chains", ODD_CHAINS, {
            "an-authority-with-an-rsa-key-of-1024-bits": WEAK,
            "signed-over-sha-1": WEAK,
            "an-authority-on-secp256k1": SOUND,
        }),
    ],
};
