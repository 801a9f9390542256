/**
 * The Kubernetes provider as it behaves when it renders to a directory: objects are what their inputs say, with a
 * generated name, the provider's namespace and Secret data filled in. Nothing is deployed and nothing is awaited.
 */
import { randomBytes } from "node:crypto";
import { groupOf, isNamespaced } from "../../../istio";
import { nameByPattern } from "../../project/autonaming";
import { isMap, isSecret, open, seal } from "../../values/envelopes";
import type { PropertyMap, PropertyValue } from "../../types";
import { InvalidInputs, NotInEngine, type Created, type Provider, type ProviderRequest } from "../provider";
import { isBuiltIn, withoutEmpty } from "./normal";
import { decodeYaml } from "./decode";

const AUTONAMED = "pulumi.com/autonamed";
/** Where a LoadBalancer of a local run is reached: outputs that carry its address then work on this machine. */
const LOCAL_ADDRESS = "127.0.0.1";

export const kubernetesProvider: Provider = {
    name: "kubernetes",
    check(request) {
        refuseUnsupported(request.type);
        const named: PropertyMap = { ...request.inputs, metadata: checkMetadata(request) };
        if (isSecretObject(request.type)) return checkSecret(named);
        return isBuiltIn(openText(named.apiVersion)) ? withoutEmpty(openText(named.kind), named) : named;
    },
    create(request): Created {
        const metadata = openRecord(request.inputs.metadata);
        const name = typeof metadata.name === "string" ? metadata.name : "";
        const id = typeof metadata.namespace === "string" ? `${metadata.namespace}/${name}` : name;
        return { id, outputs: { ...request.inputs, ...statusOf(request) } };
    },
    invoke(token, args, settings) {
        if (token === "kubernetes:yaml:decode") return decodeYaml(args, settings);
        throw new NotInEngine(`The function ${token} needs the Kubernetes provider itself.`);
    },
};

/** Kinds that stand for no object, or for a change of somebody else's. */
function refuseUnsupported(type: string): void {
    const [, module = "", kind = ""] = type.split(":");
    if (kind.endsWith("Patch")) throw new NotInEngine("A patch changes an object that is deployed already; here nothing is.");
    if (module.startsWith("helm.sh/")) throw new NotInEngine("Helm charts are rendered by the Kubernetes provider itself.");
}

function checkMetadata(request: ProviderRequest): PropertyValue {
    const { metadata = {} } = request.inputs;
    if (isSecret(metadata)) return seal(filledMetadata(request, metadata.value ?? {}));
    return filledMetadata(request, metadata);
}

function filledMetadata(request: ProviderRequest, metadata: PropertyValue): PropertyMap {
    if (!isMap(metadata)) throw new InvalidInputs(`metadata must be an object, got ${typeof open(metadata)}`);
    if (metadata.generateName !== undefined)
        throw new InvalidInputs("the `.metadata.generateName` field is not supported in Server-Side Apply mode");
    const { namespace } = request.settings;
    return {
        ...metadata,
        ...(needsNamespace(request, metadata) && typeof namespace === "string" ? { namespace } : {}),
        ...(needsName(metadata) ? generatedName(request, metadata) : {}),
    };
}

function needsNamespace(request: ProviderRequest, metadata: PropertyMap): boolean {
    return (
        (metadata.namespace === undefined || metadata.namespace === "") &&
        isNamespaced(groupOf(openText(request.inputs.apiVersion)), openText(request.inputs.kind))
    );
}

function needsName(metadata: PropertyMap): boolean {
    return metadata.name === undefined || metadata.name === "";
}

/** `name-` and eight hex digits, kept from run to run so that a local run is as steady as a deployment. */
function generatedName(request: ProviderRequest, metadata: PropertyMap): PropertyMap {
    const annotations = metadata.annotations ?? {};
    if (!isMap(annotations)) throw new InvalidInputs("metadata.annotations must be an object");
    const mark = (map: PropertyMap): PropertyMap => ({ ...map, [AUTONAMED]: "true" });
    return {
        name: request.state.name(request.urns, () => madeUpName(request)),
        annotations: isSecret(annotations) ? seal(mark(openRecord(annotations))) : mark(annotations),
    };
}

function madeUpName({ name, autonaming }: ProviderRequest): string {
    switch (autonaming.kind) {
        case "default":
            return `${name}-${randomBytes(4).toString("hex")}`;
        case "pattern":
            return nameByPattern(autonaming.pattern, name);
        case "disabled":
            throw new InvalidInputs("autonaming is disabled, resource requires the .metadata.name field to be set");
        default:
            return autonaming satisfies never;
    }
}

function isSecretObject(type: string): boolean {
    return type === "kubernetes:core/v1:Secret";
}

/** The data of a Secret is a secret whether it was marked or not; `stringData` goes into `data`, and wins there. */
function checkSecret(inputs: PropertyMap): PropertyMap {
    const { data, stringData, ...rest } = inputs;
    if (data === undefined && stringData === undefined) return rest;
    const plain = data === undefined || data === null ? {} : textMap("data", data);
    const written = stringData === undefined || stringData === null ? {} : textMap("stringData", stringData);
    if (Object.keys(written).length === 0) return { ...rest, ...(data === undefined ? { stringData: seal({}) } : { data: seal(plain) }) };
    const encoded = Object.entries(written).map(([key, text]) => [key, Buffer.from(text, "utf8").toString("base64")]);
    return { ...rest, data: seal({ ...plain, ...(Object.fromEntries(encoded) as Record<string, string>) }) };
}

function textMap(field: string, value: PropertyValue): Record<string, string> {
    const map = open(value);
    if (!isMap(map)) throw new InvalidInputs(`${field} must be an object`);
    for (const [key, text] of Object.entries(map)) {
        if (typeof text !== "string") throw new InvalidInputs(`${field}[${JSON.stringify(key)}] must be a string, got ${typeof text}`);
    }
    return map as Record<string, string>;
}

/** What the cluster would answer for a Service that waits for its address. */
function statusOf(request: ProviderRequest): PropertyMap {
    const spec = openRecord(request.inputs.spec);
    if (request.type !== "kubernetes:core/v1:Service" || spec.type !== "LoadBalancer") return {};
    return { status: { loadBalancer: { ingress: [{ ip: LOCAL_ADDRESS }] } } };
}

function openRecord(value: PropertyValue | undefined): PropertyMap {
    const opened = value === undefined ? undefined : open(value);
    return isMap(opened) ? opened : {};
}

function openText(value: PropertyValue | undefined): string {
    const opened = value === undefined ? "" : open(value);
    return typeof opened === "string" ? opened : "";
}
