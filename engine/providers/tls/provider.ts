/**
 * The tls provider, for real: keys and certificates that any client accepts, kept in the state folder so that they are
 * the same from run to run. They are made anew when their inputs change or a certificate is due for renewal.
 */
import { createHash } from "node:crypto";
import type { PropertyMap, PropertyValue } from "../../types";
import { isMap, open, openMap, seal } from "../../values/envelopes";
import { InvalidInputs, NotInEngine, type Created, type Provider, type ProviderRequest } from "../provider";
import { TlsFields } from "./fields";
import { generateKey, keyAlgorithm, pkcs8Pem, privateOpenssh, privatePem, publicDer, publicForms, readPrivateKey } from "./keys";
import { checkUses } from "./uses";
import type { Terms } from "./certificates";

/** Which outputs a resource's schema marks as secret. */
const SECRET_OUTPUTS = ["privateKeyPem", "privateKeyOpenssh", "privateKeyPemPkcs8", "caPrivateKeyPem"];

type Make = (fields: TlsFields) => Promise<{ id: string; outputs: PropertyMap }> | { id: string; outputs: PropertyMap };

const RESOURCES: Readonly<Record<string, Make>> = {
    "tls:index/privateKey:PrivateKey": makePrivateKey,
    "tls:index/selfSignedCert:SelfSignedCert": makeSelfSigned,
    "tls:index/certRequest:CertRequest": makeCertRequest,
    "tls:index/locallySignedCert:LocallySignedCert": makeLocallySigned,
};

export const tlsProvider: Provider = {
    name: "tls",
    check(request) {
        if (!RESOURCES[request.type])
            throw new NotInEngine(
                `It makes ${Object.keys(RESOURCES)
                    .map((type) => type.split(":")[2])
                    .join(", ")}.`,
            );
        return request.inputs;
    },
    async create(request) {
        const kept = keptResource(request);
        const made = kept ?? (await makeAndKeep(request));
        return { id: made.id, outputs: { id: made.id, ...present(request, made.outputs) } };
    },
    invoke(token, args) {
        if (token !== "tls:index/getPublicKey:getPublicKey") throw new NotInEngine(`The function ${token} is not in the embedded engine.`);
        const key = readPrivateKey("privateKeyPem", new TlsFields(openMap(args)).text("privateKeyPem"));
        return { ...args, id: fingerprint(publicDer(key)), algorithm: keyAlgorithm(key), ...publicForms(key) };
    },
};

/** When renewal is due may change without a new certificate, so it is no part of what one is made from. */
function inputsHash(request: ProviderRequest): string {
    const { earlyRenewalHours: _, ...made } = openMap(request.inputs);
    return createHash("sha256")
        .update(JSON.stringify(sorted(made)))
        .digest("hex");
}

function sorted(value: PropertyValue): PropertyValue {
    if (Array.isArray(value)) return (value as readonly PropertyValue[]).map(sorted);
    if (!isMap(value)) return value;
    return Object.fromEntries(
        Object.keys(value)
            .sort()
            .map((key) => [key, sorted(value[key] ?? null)]),
    );
}

function keptResource(request: ProviderRequest): Created | undefined {
    const stored = request.state.resource(request.urns);
    if (!stored || stored.type !== request.type || stored.inputsHash !== inputsHash(request)) return undefined;
    if (dueForRenewal(request, stored.outputs)) return undefined;
    request.state.keep(request.urn, stored);
    return { id: stored.id, outputs: stored.outputs };
}

function dueForRenewal(request: ProviderRequest, outputs: PropertyMap): boolean {
    const { validityEndTime } = outputs;
    if (typeof validityEndTime !== "string") return false;
    const early = new TlsFields(openMap(request.inputs)).number("earlyRenewalHours", 0);
    return Date.now() >= Date.parse(validityEndTime) - early * 3_600_000;
}

async function makeAndKeep(request: ProviderRequest): Promise<Created> {
    const make = RESOURCES[request.type];
    if (!make) throw new Error(`no ${request.type}`);
    const made = await make(new TlsFields(openMap(request.inputs)));
    request.state.keep(request.urn, { type: request.type, inputsHash: inputsHash(request), ...made });
    return made;
}

/** What the program sees: the inputs with their own secrecy, and over them what was made. */
function present(request: ProviderRequest, made: PropertyMap): PropertyMap {
    const inputs = Object.entries(request.inputs).filter(([key]) => !key.endsWith("Wo"));
    const early =
        "validityEndTime" in made ? { earlyRenewalHours: open(request.inputs.earlyRenewalHours ?? 0), readyForRenewal: false } : {};
    const all = { ...made, ...early, ...Object.fromEntries(inputs) };
    return Object.fromEntries(Object.entries(all).map(([key, value]) => [key, SECRET_OUTPUTS.includes(key) ? seal(value) : value]));
}

function makePrivateKey(fields: TlsFields): Created {
    const algorithm = fields.text("algorithm");
    const ecdsaCurve = fields.optionalText("ecdsaCurve") ?? "P224";
    const rsaBits = fields.number("rsaBits", 2048);
    const key = generateKey(algorithm, ecdsaCurve, rsaBits);
    return {
        id: fingerprint(publicDer(key)),
        outputs: {
            algorithm,
            ecdsaCurve,
            rsaBits,
            privateKeyPem: privatePem(key),
            privateKeyPemPkcs8: pkcs8Pem(key),
            privateKeyOpenssh: privateOpenssh(key),
            ...publicForms(key),
        },
    };
}

/** The X.509 library is loaded when the first certificate is made: a run whose certificates are kept does without it. */
function certificates(): typeof import("./certificates") {
    // oxlint-disable-next-line typescript/no-require-imports -- import() of a path without extension works in no bundle-free CommonJS
    return require("./certificates") as typeof import("./certificates");
}

async function makeSelfSigned(fields: TlsFields): Promise<Created> {
    const { issue, subjectName } = certificates();
    const key = readPrivateKey("privateKeyPem", privateKeyText(fields, "privateKeyPem"));
    const request = { subject: subjectName(fields.map("subject")), publicKey: key, ...namesOf(fields) };
    const terms = termsOf(fields);
    const { pem, serial } = await issue(request, terms, { key });
    return {
        id: serial,
        outputs: { ...certificateOutputs(pem, terms), keyAlgorithm: keyAlgorithm(key), setAuthorityKeyId: terms.setAuthorityKeyId },
    };
}

async function makeCertRequest(fields: TlsFields): Promise<Created> {
    const { makeRequest, subjectName } = certificates();
    const key = readPrivateKey("privateKeyPem", privateKeyText(fields, "privateKeyPem"));
    const { pem, der } = await makeRequest(key, subjectName(fields.map("subject")), namesOf(fields));
    return { id: fingerprint(der), outputs: { certRequestPem: pem, keyAlgorithm: keyAlgorithm(key) } };
}

async function makeLocallySigned(fields: TlsFields): Promise<Created> {
    const { issue, readCertificate, readRequest } = certificates();
    const key = readPrivateKey("caPrivateKeyPem", privateKeyText(fields, "caPrivateKeyPem"));
    const certificate = readCertificate("caCertPem", fields.text("caCertPem"));
    const terms = termsOf(fields);
    const { pem, serial } = await issue(readRequest(fields.text("certRequestPem")), terms, { key, certificate });
    return { id: serial, outputs: { ...certificateOutputs(pem, terms), caKeyAlgorithm: keyAlgorithm(key) } };
}

/** A key may be given by its write-only twin, which is never kept. */
function privateKeyText(fields: TlsFields, field: string): string {
    return fields.optionalText(field) ?? fields.optionalText(`${field}Wo`) ?? fields.text(field);
}

function namesOf(fields: TlsFields): { dnsNames: string[]; ipAddresses: string[]; uris: string[] } {
    return { dnsNames: fields.texts("dnsNames"), ipAddresses: fields.texts("ipAddresses"), uris: fields.texts("uris") };
}

function termsOf(fields: TlsFields): Terms {
    const hours = fields.number("validityPeriodHours");
    if (hours < 0) throw new InvalidInputs(`validityPeriodHours must be at least 0, got ${hours}`);
    const allowedUses = fields.texts("allowedUses");
    checkUses(allowedUses);
    const notBefore = new Date();
    return {
        allowedUses,
        isCa: fields.flag("isCaCertificate"),
        maxPathLength: fields.has("maxPathLength") && fields.number("maxPathLength") >= 0 ? fields.number("maxPathLength") : undefined,
        setSubjectKeyId: fields.flag("setSubjectKeyId"),
        setAuthorityKeyId: fields.flag("setAuthorityKeyId"),
        notBefore,
        notAfter: new Date(notBefore.getTime() + hours * 3_600_000),
    };
}

function certificateOutputs(certPem: string, terms: Terms): PropertyMap {
    return {
        certPem,
        isCaCertificate: terms.isCa,
        setSubjectKeyId: terms.setSubjectKeyId,
        validityStartTime: terms.notBefore.toISOString(),
        validityEndTime: terms.notAfter.toISOString(),
    };
}

function fingerprint(der: Buffer): string {
    return createHash("sha1").update(der).digest("hex");
}
