/** What of a component's arguments travels to the engine, and is kept in the state. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as pulumi from "@pulumi/pulumi";
import { wireOf } from "../../components/schema";
import { GATEWAY_IMAGE } from "../../components/image/schema";
import { INGRESS_GATEWAY } from "../../components/ingress-gateway/schema";
import { VIRTUAL_HOST } from "../../components/virtual-host/schema";
import { ingressRef } from "./support/refs";

const KEY = "the key";
const tlsOf = (tls: object): unknown =>
    (wireOf(VIRTUAL_HOST, { gateway: ingressRef(), hosts: ["a.example.com"], http: [], tls }) as { readonly tls?: unknown }).tls;

describe("what travels of arguments", () => {
    it("is all that the schema knows, and nothing else", () => {
        const wire = wireOf(INGRESS_GATEWAY, { namespace: "edge", replicas: 3, extraManifestTransforms: [() => KEY], team: "shop" });
        assert.deepEqual(JSON.parse(JSON.stringify(wire)), { namespace: "edge", replicas: 3 });
    });

    it("is no key, and no PEM beside one", () => {
        const pem = { kind: "fromPem", certificatePem: "x", privateKeyPem: KEY, chainPem: "y" };
        assert.deepEqual(tlsOf({ certificate: pem }), { certificate: { kind: "fromPem" } });
        const ca = { certificatePem: "x", privateKeyPem: KEY };
        const signed = { kind: "signedBy", validityHours: 24, ca };
        assert.deepEqual(tlsOf({ certificate: signed }), { certificate: { kind: "signedBy", validityHours: 24 } });
        const registries = [{ address: "registry.example", username: "ci", password: KEY }];
        assert.deepEqual(wireOf(GATEWAY_IMAGE, { registries })["registries"], [{ address: "registry.example", username: "ci" }]);
    });

    it("is no key under a name that is none", () => {
        assert.deepEqual(tlsOf({ certificate: { kind: "fromPem", keyPem: KEY } }), { certificate: { kind: "fromPem" } });
        assert.deepEqual(tlsOf({ certificate: { kind: "fromVault", token: KEY } }), { certificate: { kind: "fromVault" } });
        assert.deepEqual(wireOf(GATEWAY_IMAGE, { registries: [{ address: "a", token: KEY }] })["registries"], [{ address: "a" }]);
    });

    it("is no name that is none of an entry that comes later", () => {
        const registries = [pulumi.secret({ address: "registry.example", username: "ci", password: KEY })];
        const [entry] = wireOf(GATEWAY_IMAGE, { registries })["registries"] as object[];
        assert.deepEqual(Object.keys(entry ?? {}), ["address", "username"]);
    });

    it("is no key that is given to another kind of certificate", () => {
        const certificate = { kind: "selfSigned", validityHours: 24, privateKeyPem: KEY };
        assert.deepEqual(tlsOf({ certificate }), { certificate: { kind: "selfSigned", validityHours: 24 } });
        assert.deepEqual(tlsOf({ certificate: { kind: "fromSecret", name: "web", privateKeyPem: KEY } }), {
            certificate: { kind: "fromSecret", name: "web" },
        });
    });

    it("says that clients are asked for certificates, and not by which authority", () => {
        const certificate = { kind: "fromSecret", name: "web" };
        assert.deepEqual(tlsOf({ certificate, clientCaPem: pulumi.secret("x") }), { certificate, clientCa: true });
    });

    it("is of a gateway its ref, and of a Service what is read of it", () => {
        const ref = ingressRef();
        const service = {
            metadata: { name: "web", namespace: "shop", uid: "1" },
            spec: { ports: [{ name: "http", port: 80 }], clusterIP: "10.0.0.1" },
        };
        const wire = wireOf(VIRTUAL_HOST, { gateway: { ref, urn: "x" }, hosts: [], http: [{ route: [{ destination: service }] }] });
        assert.equal(wire["gateway"], ref);
        const of = { name: "web", namespace: "shop", ports: [{ name: "http", port: 80 }] };
        assert.deepEqual(wire["http"], [{ route: [{ destination: { service: of } }] }]);
    });

    it("is what was given where it is of the wrong shape, for the check to name", () => {
        assert.equal(tlsOf("no" as never), "no");
        assert.deepEqual(tlsOf({ certificate: "no" }), { certificate: "no" });
        assert.equal(wireOf(GATEWAY_IMAGE, { registries: "no" })["registries"], "no");
        assert.deepEqual(wireOf(VIRTUAL_HOST, { http: [null] })["http"], [null]);
    });
});
