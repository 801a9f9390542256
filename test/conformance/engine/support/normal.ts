/**
 * Takes out of two evaluations what must differ between any two runs: generated names, key material, times, ids. What
 * a certificate says is kept; only its keys, its serial number and its exact times are not. So with keys of issuers of tokens.
 */
import { createPublicKey, X509Certificate } from "node:crypto";
import type { EvaluatedResource, PropertyMap, PropertyValue } from "../../../../engine";
import { derOf, extensionsOf } from "./der";
import type { RealResource } from "./real-engine";

/** One resource as both engines should have it. */
export interface Normal {
    readonly urn: string;
    readonly type: string;
    readonly custom: boolean;
    readonly parent: string;
    readonly provider: string;
    readonly protect: boolean;
    readonly inputs: unknown;
    readonly outputs: unknown;
    readonly secretInputs: readonly string[];
    readonly secretOutputs: readonly string[];
    readonly dependencies: readonly string[];
    readonly propertyDependencies: unknown;
    readonly additionalSecretOutputs: readonly string[];
    readonly ignoreChanges: readonly string[];
}

/** What the real provider keeps for itself, what only its rendering needs, and what a cluster would answer. */
const PRIVATE = new Set([
    "__fieldManager",
    "__initialApiVersion",
    "__inputs",
    "__internal",
    "__meta",
    "__pulumi_raw_state_delta",
    "packageVersion",
    "renderYamlToDirectory",
    "status",
    "addresses",
]);
/** Differ with every key or every run. */
const GENERATED = new Set([
    "id",
    "publicKeyFingerprintMd5",
    "publicKeyFingerprintSha256",
    "publicKeyOpenssh",
    "validityStartTime",
    "validityEndTime",
]);

export function normalReal(resources: readonly RealResource[]): Normal[] {
    return sorted(resources.filter(({ type }) => type !== "pulumi:providers:pulumi").map((one) => normal(one, one)));
}

export function normalOurs(resources: readonly EvaluatedResource[]): Normal[] {
    return sorted(resources.map((one) => normal(one, { ...one.options })));
}

function normal(
    one: RealResource | EvaluatedResource,
    options: Pick<RealResource, "protect" | "dependencies" | "propertyDependencies" | "additionalSecretOutputs" | "ignoreChanges">,
): Normal {
    return {
        urn: one.urn,
        type: one.type,
        custom: one.custom,
        parent: one.parent ?? "",
        protect: options.protect,
        // Which provider resource; its id is made up by each run. A stack is read by the engine itself.
        provider: one.type === "pulumi:pulumi:StackReference" ? "" : (one.provider ?? "").replace(/::[^:]*$/, ""),
        inputs: value(one.inputs),
        outputs: value(one.outputs),
        secretInputs: shown(one.secretInputs),
        secretOutputs: shown(one.secretOutputs),
        dependencies: [...options.dependencies].sort(),
        propertyDependencies: Object.fromEntries(
            Object.entries(options.propertyDependencies)
                .filter(([key]) => !PRIVATE.has(key))
                .map(([key, urns]) => [key, [...(urns ?? [])].sort()]),
        ),
        additionalSecretOutputs: [...options.additionalSecretOutputs].sort(),
        ignoreChanges: [...options.ignoreChanges].sort(),
    };
}

function shown(paths: readonly string[]): string[] {
    return paths.filter((path) => !PRIVATE.has(path.split(/[.[]/)[0] ?? "")).sort();
}

function sorted(resources: readonly Normal[]): Normal[] {
    return [...resources].sort((a, b) => (a.urn < b.urn ? -1 : 1));
}

/** Rendered objects, in an order that does not come from their names' random part. */
export function normalObjects(objects: readonly object[]): unknown[] {
    const key = (object: unknown): string => JSON.stringify(object);
    return objects.map((object) => value(object as PropertyMap)).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function value(given: PropertyValue | undefined, field = ""): unknown {
    if (typeof given === "string") return GENERATED.has(field) ? `(${field})` : text(given);
    if (Array.isArray(given)) return (given as readonly PropertyValue[]).map((item) => value(item));
    if (typeof given !== "object" || given === null) return given;
    const entries = Object.entries(given as PropertyMap)
        .filter(([key]) => !PRIVATE.has(key))
        .sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([key, item]) => [key, value(item, key)]));
}

/** What is random in a public key of a key set, wherever the set stands as text; which curve, and how long, is kept. */
const JWK_MATERIAL = /"(x|y|n)":"([\w-]{43,})"/g;
const PEM = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----\n?/g;

function text(given: string): string {
    const plain = Buffer.from(given, "base64").toString("utf8");
    if (plain.startsWith("-----BEGIN ")) return `base64 ${text(plain)}`;
    return given
        .replace(PEM, (pem, label: string) => `[${pemContent(label, pem)}]${pem.endsWith("\n") ? "\n" : ""}`)
        .replace(JWK_MATERIAL, (_all, member: string, digits: string) => `"${member}":"[${digits.length} digits]"`)
        .replace(/-[0-9a-f]{8}(?![0-9a-f-])/g, "-########");
}

function pemContent(label: string, pem: string): string {
    switch (label) {
        case "CERTIFICATE":
            return certificate(pem);
        case "CERTIFICATE REQUEST":
            return `${label} ${names(derOf(pem))} ${extensionsOf(derOf(pem)).join(" ")}`;
        case "PUBLIC KEY":
            return `${label} ${keyKind(pem)}`;
        default:
            return label;
    }
}

function certificate(pem: string): string {
    const read = new X509Certificate(pem);
    const hours = (Date.parse(read.validTo) - Date.parse(read.validFrom)) / 3_600_000;
    const signature = /Signature Algorithm/.test(read.toString()) ? "" : (read.signatureAlgorithm ?? "");
    return [
        "CERTIFICATE",
        JSON.stringify([read.subject, read.issuer, read.subjectAltName, read.keyUsage, read.ca]),
        `${hours}h`,
        signature,
        keyKind(read.publicKey.export({ type: "spki", format: "pem" }).toString()),
        ...extensionsOf(read.raw),
    ].join(" ");
}

function keyKind(pem: string): string {
    const key = createPublicKey(pem);
    return [key.asymmetricKeyType, key.asymmetricKeyDetails?.namedCurve, key.asymmetricKeyDetails?.modulusLength]
        .filter((part) => part !== undefined)
        .join(" ");
}

/** The distinguished names of a request, byte for byte: they hold nothing random. */
function names(der: Buffer): string {
    const [, name] = [...derOf.sequence(derOf.sequence(der)[0]?.content ?? Buffer.alloc(0))];
    return name?.raw.toString("hex") ?? "";
}
