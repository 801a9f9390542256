/** Secrets that come from elsewhere: a note to every command, and a fault only where nothing says that they will be there. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { Elsewhere } from "../../../cli/objects/elsewhere";
import { finding, type Finding, type KubeObject } from "../../../istio";
import { gatehouse } from "../../support/gatehouse";

const PROGRAM = path.join(__dirname, "elsewhere");
const NOTES = [
    /Info +GH0510 +Gateway edge\/managed .*Secret edge\/managed-tls is not among the objects: Certificate edge\/managed has it made in the cluster/,
    /Info +GH0510 +Gateway edge\/existing .*Secret edge\/shop-credential is not among the objects: VirtualHost existing says that it is there already/,
    /Info +GH0510 +Gateway edge\/public .*: Certificate edge\/public-wildcard-shared-example-com has it made/,
    /Info +GH0510 +Gateway edge\/external .*ExternalSecret edge\/from-vault has it made/,
    /Info +GH0510 +Ingress edge\/asking .*Secret edge\/asking-tls is not among the objects: cert-manager makes it in the cluster, as the annotation cert-manager\.io\/cluster-issuer has it/,
    /Info +GH0510 +Gateway edge\/files .*serverCertificate: Secret edge\/from-team is not among the objects: Deployment edge\/public mounts it and waits for it/,
];

describe("a Secret from elsewhere", function () {
    this.timeout(300_000);
    let base: string;
    before(() => {
        base = mkdtempSync(path.join(os.tmpdir(), "gatehouse-elsewhere-"));
    });
    after(() => {
        rmSync(base, { recursive: true, force: true });
        rmSync(path.join(PROGRAM, ".gatehouse"), { recursive: true, force: true });
    });

    it("is a note to render and analyze, no matter to check and explain, and all of them end with 0", async () => {
        const explain = ["explain", "https://files.example.com/", PROGRAM];
        for (const [command, notes] of [
            [["render", PROGRAM, "--out", path.join(base, "out")], NOTES],
            [["analyze", PROGRAM], NOTES.slice(0, 5)],
            [["check", PROGRAM], []],
            [explain, []],
        ] as const) {
            const { code, stdout, stderr } = await gatehouse(command, { timeoutMs: 150_000 });
            assert.equal(code, 0, stdout + stderr);
            for (const note of notes) assert.match(stdout + stderr, note);
            assert.doesNotMatch(stdout + stderr, /GH0420|GH0425|IST0101|Error/);
            if (command === explain) assert.match(stdout, /files\.example\.com[^]*here/);
        }
    });

    it("is not asked for by up, which serves all else and says so", async () => {
        const { code, stdout, stderr } = await gatehouse(
            ["up", PROGRAM, "--check", "--port-offset", "auto", "--state", path.join(base, "state")],
            { timeoutMs: 150_000 },
        );
        assert.equal(code, 0, stdout + stderr);
        assert.match(stderr, /Info GH0510 .*edge\/managed-tls.*here its TLS connections are refused, and all else is served/);
        assert.match(stdout, /ok +https:\/\/sealed\.example\.com/);
        for (const host of ["managed", "files", "asking"])
            assert.match(stdout, new RegExp(`not tried +https://${host}\\.example\\.com.*its certificate is in a Secret from elsewhere`));
    });
});

describe("what is not among a program's objects", () => {
    const object = (apiVersion: string, kind: string, name: string, more: object = {}, namespace = "edge"): KubeObject =>
        ({ apiVersion, kind, metadata: { name, namespace }, ...more }) as KubeObject;
    const gateway = (tls: object): KubeObject =>
        object("networking.istio.io/v1", "Gateway", "web", {
            spec: {
                selector: { app: "edge" },
                servers: [
                    {
                        port: { number: 443, name: "https", protocol: "HTTPS" },
                        hosts: ["web.example.com"],
                        tls: { mode: "SIMPLE", ...tls },
                    },
                ],
            },
        });
    const routes = (host: string): KubeObject =>
        object("networking.istio.io/v1", "VirtualService", "web", {
            spec: { hosts: ["web.example.com"], http: [{ route: [{ destination: { host, port: { number: 80 } } }] }] },
        });
    const pods = (optional: boolean): KubeObject =>
        object("apps/v1", "Deployment", "edge", {
            spec: {
                template: {
                    metadata: { labels: { app: "edge" } },
                    spec: {
                        containers: [{ name: "proxy", volumeMounts: [{ name: "files", mountPath: "/etc/files" }] }],
                        volumes: [{ name: "files", secret: { secretName: "files", optional } }],
                    },
                },
            },
        });
    const service = (name: string): KubeObject => object("v1", "Service", name, { spec: { ports: [{ name: "http", port: 80 }] } });
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "edge" } } as KubeObject;
    const vault = (where: string): KubeObject => object("external-secrets.io/v1", "ExternalSecret", "vault", {}, where);
    const bundle = (target: string): KubeObject =>
        object("trust.cert-manager.io/v1alpha1", "Bundle", "roots", { spec: { target: { [target]: { key: "ca.pem" } } } });
    const ISSUER = { "cert-manager.io/cluster-issuer": "letsencrypt" };
    const ingress = (where: string, annotations: object, secretName = "web-tls"): KubeObject =>
        ({
            apiVersion: "networking.k8s.io/v1",
            kind: "Ingress",
            metadata: { name: "web", namespace: where, annotations },
            spec: { tls: [{ hosts: ["web.example.com"], secretName }] },
        }) as unknown as KubeObject;
    const ofIngress = (where: string): Finding =>
        finding(
            "GH0420",
            {
                object: { group: "networking.k8s.io", kind: "Ingress", namespace: "edge", name: "web" },
                field: "spec.tls[0].secretName",
                missing: { group: "", kind: "Secret", namespace: where, name: "web-tls" },
            },
            "missing",
        );
    const about = { object: { group: "networking.istio.io", kind: "Gateway", namespace: "edge", name: "web" } };
    const credential = finding("GH0420", { ...about, field: "spec.servers[0].tls.credentialName" }, "missing");
    const file = finding("GH0425", { ...about, field: "spec.servers[0].tls.serverCertificate" }, "missing");
    const refused = (kind: string, namespaceOf: string, name: string): Finding =>
        finding("GH0480", { ...about, missing: { group: "", kind, namespace: namespaceOf, name } }, "no handshake");
    const mounts = (kind: string): Finding =>
        finding(
            "GH0502",
            {
                object: { group: "apps", kind: "Deployment", namespace: "edge", name: "edge" },
                missing: { group: "", kind, namespace: "edge", name: "roots" },
            },
            "it names one",
        );
    const host = finding(
        "IST0101",
        {
            object: { group: "networking.istio.io", kind: "VirtualService", namespace: "edge", name: "web" },
            field: "spec.http[0].route[0].destination.host",
        },
        "Referenced host not found",
    );

    for (const [what, found, objects, codes] of [
        ["a Secret that a controller makes there", credential, [gateway({ credentialName: "vault" }), vault("edge")], ["GH0510"]],
        [
            "a Secret that a controller makes in another namespace",
            credential,
            [gateway({ credentialName: "vault" }), vault("other")],
            ["GH0420"],
        ],
        ["a Secret that nothing makes", credential, [gateway({ credentialName: "nowhere" }), vault("edge")], ["GH0420"]],
        [
            "a chain's Secret that a controller makes",
            refused("Secret", "edge", "vault"),
            [gateway({ credentialName: "vault" }), vault("edge")],
            [],
        ],
        [
            "a chain's Secret that nothing makes",
            refused("Secret", "edge", "nowhere"),
            [gateway({ credentialName: "nowhere" }), vault("edge")],
            ["GH0480"],
        ],
        ["a Secret that cert-manager makes for an Ingress", ofIngress("edge"), [ingress("edge", ISSUER)], ["GH0510"]],
        ["a Secret that cert-manager makes where the gateway does not look", ofIngress("edge"), [ingress("shop", ISSUER)], ["GH0420"]],
        ["a Secret of an Ingress that asks nobody for it", ofIngress("edge"), [ingress("edge", {})], ["GH0420"]],
        ["a Secret of an Ingress that another has made", ofIngress("edge"), [ingress("edge", { ...ISSUER }, "other")], ["GH0420"]],
        ["a file that the pods wait for", file, [gateway({ serverCertificate: "/etc/files/tls.crt" }), pods(true)], ["GH0510"]],
        [
            "a file that the pods cannot start without",
            file,
            [gateway({ serverCertificate: "/etc/files/tls.crt" }), pods(false)],
            ["GH0425"],
        ],
        [
            "a file of a folder that is not mounted",
            file,
            [gateway({ serverCertificate: "/etc/filesystem/tls.crt" }), pods(true)],
            ["GH0425"],
        ],
        [
            "a file that the program's own Secret lacks",
            file,
            [gateway({ serverCertificate: "/etc/files/tls.crt" }), pods(true), object("v1", "Secret", "files")],
            ["GH0425"],
        ],
        [
            "a chain's file that the pods wait for",
            refused("File", "", "/etc/files/tls.crt"),
            [gateway({ serverCertificate: "/etc/files/tls.crt" }), pods(true)],
            [],
        ],
        ["a ConfigMap that trust-manager makes", mounts("ConfigMap"), [bundle("configMap")], ["GH0510"]],
        ["a Secret where trust-manager makes a ConfigMap", mounts("Secret"), [bundle("configMap")], ["GH0502"]],
        [
            "a Service of a namespace in which the program has no part",
            host,
            [routes("shop.team.svc.cluster.local"), service("edge")],
            ["GH0510"],
        ],
        [
            "a misspelt Service of a namespace in which the program makes Services",
            host,
            [routes("shpo.edge.svc.cluster.local"), service("shop")],
            ["IST0101"],
        ],
        ["a misspelt Service of a namespace that the program makes", host, [routes("shpo"), namespace], ["IST0101"]],
        ["a host outside of the cluster", host, [routes("api.example.org"), service("shop")], ["IST0101"]],
    ] as const) {
        it(`is ${codes[0] === "GH0510" ? "a note" : codes.length === 0 ? "said once" : "a fault"}: ${what}`, () => {
            assert.deepEqual(
                new Elsewhere(objects, []).noted([found]).map(({ code }) => code),
                codes,
            );
        });
    }
});
