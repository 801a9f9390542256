/** The certificates that a thing holds or asks for: a Secret's PEM, or what a provider or cert-manager is told to make. */
import type { X509Certificate } from "node:crypto";
import {
    certificatesIn,
    CODES,
    nameText,
    parseDuration,
    secretData,
    secretFaults,
    secretMeant,
    secretValues,
    type CodeEntry,
    type Level,
    type SecretContent,
    type SecretData,
    type SecretValue,
} from "../../istio";
import { isKind, type PolicyFault, type Thing } from "../thing";
import type { World } from "../world";
import { servingNamespace } from "./pods";
import { at, entries, items, number, text, UNKNOWN } from "../values";

/** Keys of a Secret under which Istio and Kubernetes look for a server's certificate. */
const CERTIFICATE_KEYS: readonly string[] = ["tls.crt", "cert"];

export interface HeldCertificate {
    /** `data["tls.crt"]`, where it stands. */
    readonly field: string;
    /** The leaf first. */
    readonly chain: readonly X509Certificate[];
}

/** What is known of a Secret, as its readers see it; undefined where one of its values is not known. */
export function heldSecret(secret: Thing): SecretContent | undefined {
    const parts = ["data", "stringData"] as const;
    if (parts.some((part) => at(secret.value, part) === UNKNOWN)) return undefined;
    const [data, stringData] = parts.map((part) => entries(at(secret.value, part)));
    if ([...(data ?? []), ...(stringData ?? [])].some(([, value]) => typeof value !== "string")) return undefined;
    return {
        data: Object.fromEntries(data ?? []) as Record<string, string>,
        stringData: Object.fromEntries(stringData ?? []) as Record<string, string>,
    };
}

/** The texts of a Secret; what is not known is left out. */
function secretTexts(secret: Thing): ReadonlyMap<string, SecretValue> {
    const known = (part: string): Readonly<Record<string, string>> =>
        Object.fromEntries(
            entries(at(secret.value, part)).filter((entry): entry is readonly [string, string] => typeof entry[1] === "string"),
        );
    return secretValues({ data: known("data"), stringData: known("stringData") });
}

export function isSecret(thing: Thing): boolean {
    return isKind(thing, "", "Secret");
}

export function heldCertificates(thing: Thing): HeldCertificate[] {
    if (!isSecret(thing)) return [];
    const texts = secretTexts(thing);
    return CERTIFICATE_KEYS.flatMap((key) => {
        const entry = texts.get(key);
        const chain = entry && certificatesIn(entry.text);
        return entry && chain ? [{ field: entry.field, chain }] : [];
    });
}

/** What is taken for PEM, also where it is damaged: keys of these names may hold other things. */
const PEM_LIKE = /-----(?:BEGIN|END) |^LS0tLS1CRUdJTi/;

/** Whether a Secret is for a listener: by its type, or by what stands in it. */
function holdsPair(thing: Thing, { certificate, privateKey }: SecretData): boolean {
    if (certificate === "" || privateKey === "") return false;
    return at(thing.value, "type") === "kubernetes.io/tls" || PEM_LIKE.test(certificate) || PEM_LIKE.test(privateKey);
}

export function remark(thing: Thing, { message, fix }: { readonly message: string; readonly fix: string }): PolicyFault {
    return { thing, message: `${thing.title}: ${message}.${fix === "" ? "" : ` ${fix}`}` };
}

/** What is to be said of what stands in a Secret, of the levels that are meant. */
export function remarksOnSecret(thing: Thing, now: number, isMeant: (level: Level) => boolean): PolicyFault[] {
    const content = isSecret(thing) ? heldSecret(thing) : undefined;
    if (content === undefined) return [];
    const data = secretData(content);
    return secretFaults(data, { pair: holdsPair(thing, data), ca: PEM_LIKE.test(data.ca) }, now)
        .filter(({ code }) => isMeant((CODES[code] as CodeEntry).level))
        .map((one) => remark(thing, one));
}

function secretsByName(world: World): ReadonlyMap<string, Thing> {
    return new Map(world.things.filter(isSecret).map((secret) => [`${String(secret.namespace)}/${String(secret.name)}`, secret]));
}

/** The Secret that a server of a Gateway names, as far as it is there: in the namespace of the Gateway's pods, or where the name says. */
export function secretOfServer(world: World, gateway: Thing, credential: string): Thing | undefined {
    const name = secretMeant(credential, servingNamespace(world, gateway) ?? String(gateway.namespace));
    return name && world.derive(secretsByName).get(nameText(name));
}

/** What somebody is asked to issue. */
export interface RequestedCertificate {
    readonly field: string;
    readonly milliseconds: number;
}

const HOUR = 3_600_000;
const ISSUED = /^tls:index\/(?:selfSignedCert:SelfSignedCert|locallySignedCert:LocallySignedCert)$/;

/** The requests for a server's certificate, with how long it is to be valid. */
export function requestedCertificate(thing: Thing): RequestedCertificate | undefined {
    if (ISSUED.test(thing.resource.type)) {
        const hours = number(at(thing.value, "validityPeriodHours"));
        const uses = at(thing.value, "allowedUses");
        // A certificate for clients alone is held to nothing by browsers, and an authority's lives longer.
        if (
            hours === undefined ||
            at(thing.value, "isCaCertificate") === true ||
            at(thing.value, "isCaCertificate") === UNKNOWN ||
            !items(uses).includes("server_auth")
        )
            return undefined;
        return { field: "validityPeriodHours", milliseconds: hours * HOUR };
    }
    if (
        !isKind(thing, "cert-manager.io", "Certificate") ||
        at(thing.value, "spec", "isCA") === true ||
        at(thing.value, "spec", "isCA") === UNKNOWN
    )
        return undefined;
    const duration = text(at(thing.value, "spec", "duration"));
    const milliseconds = duration === undefined ? undefined : parseDuration(duration);
    return milliseconds === undefined ? undefined : { field: "spec.duration", milliseconds };
}
