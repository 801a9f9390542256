/**
 * The names of certificates' Secrets. Pulumi makes up a name that changes with the content, so that a rotation makes the
 * new Secret before it deletes the old one and the gateway is never without a certificate. A stack may be configured to
 * have no names made up, or the same ones again (`pulumi:autonaming`), and then Pulumi deletes first. So there the Secret is
 * never replaced: each content is a resource of its own, named by it, and the old one goes at the end of the update.
 */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/** The types between a key and the Secret. */
const MADE_OF = [
    "kubernetes:core/v1:Secret",
    "tls:index/privateKey:PrivateKey",
    "tls:index/certRequest:CertRequest",
    "tls:index/locallySignedCert:LocallySignedCert",
    "tls:index/selfSignedCert:SelfSignedCert",
];
/** What Pulumi draws anew for each object. */
const DRAWN = /\$\{(?:(?:hex|alphanum|string|num)\(\d+\)|uuid)\}/;
/** RFC 1123 subdomain, as the names of Secrets are. */
const MAX_NAME = 253;
const HASH_DIGITS = 8;

interface Naming {
    readonly mode?: unknown;
    readonly pattern?: unknown;
}

interface Settings extends Naming {
    readonly providers?: Readonly<Record<string, Naming & { readonly resources?: Readonly<Record<string, Naming>> }>>;
}

/** Whether Pulumi replaces objects of the types, by default what a certificate is made of, by making the new one first. */
export function replacesInOrder(types: readonly string[] = MADE_OF): boolean {
    const text = new pulumi.Config("pulumi").get("autonaming");
    return text === undefined || drawsNames(text, types);
}

/**
 * The same of the setting's text, which is JSON. Where names are not drawn Pulumi deletes first whatever it replaces, with
 * all that depends on it, whether it has a name or not. What can't be read Pulumi refuses before the program runs.
 */
export function drawsNames(text: string, types: readonly string[] = MADE_OF): boolean {
    let settings: Settings;
    try {
        settings = JSON.parse(text) as Settings;
    } catch {
        return false;
    }
    return types.every((type) => {
        const provider = settings.providers?.[type.split(":")[0] ?? ""];
        const { mode, pattern } = provider?.resources?.[type] ?? provider ?? settings;
        if (pattern !== undefined) return typeof pattern === "string" && DRAWN.test(pattern);
        return mode === undefined || mode === "default";
    });
}

/** What is known of an Output but what it comes from: nothing that depends on it is deleted with its source. */
export function withoutSources<T>(output: pulumi.Output<T>): pulumi.Output<T> {
    // The SDK makes every Output so, and has no other way to leave its resources out.
    const known = output as unknown as {
        promise(withUnknowns: boolean): Promise<T>;
        readonly isKnown: Promise<boolean>;
        readonly isSecret: Promise<boolean>;
    };
    const Output = pulumi.Output as unknown as new (
        resources: Set<pulumi.Resource>,
        promise: Promise<T>,
        isKnown: Promise<boolean>,
        isSecret: Promise<boolean>,
        all: Promise<Set<pulumi.Resource>>,
    ) => pulumi.Output<T>;
    return new Output(new Set(), known.promise(true), known.isKnown, known.isSecret, Promise.resolve(new Set()));
}

/** A name that is another one as soon as anything of the content is. */
export function nameByContent(base: string, suffix: string, content: Readonly<Record<string, string>>): string {
    const sorted = Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1));
    const end = `-${suffix}-${createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, HASH_DIGITS)}`;
    return `${base.slice(0, MAX_NAME - end.length).replace(/[-.]+$/, "")}${end}`;
}
