/**
 * Certificates and keys by the names resources give them. A credential that is missing or bad is served from the tables
 * in force, where they have it, and is absent otherwise: then its handshakes are refused and everything else goes on.
 */
import { createHash } from "node:crypto";
import type { Kind, SecretObject } from "../../istio/types";
import type { Origin, SecretEntry } from "../tables/entries";
import { inspectCa, inspectPair, remarksOn, type Pair, type PairFault } from "./certificate-pair";
import type { Context } from "./context";
import { parseCredentialName } from "./credential-names";
import type { FileContent } from "./input";
import { originOf, type Placed } from "./model";
import { listText } from "./report";
import { missingCaText, missingKeysText, secretData, type SecretData } from "./secret-data";

/** Who uses a credential, for the reader of a finding. */
export interface CredentialUser {
    readonly about: Placed<Kind>;
    readonly field: string;
    /** What depends on it: `hosts a, b`. */
    readonly purpose: string;
    /** Hosts that the certificate should be for. */
    readonly hosts: readonly string[];
}

type Part = "pair" | "ca";
interface Reading {
    /** What the source has now, good or not. */
    readonly data?: Pick<SecretData, "certificate" | "privateKey" | "ca">;
    readonly inspected?: Pair;
    readonly fault?: PairFault;
}
interface Used { readonly parts: Set<Part>; readonly readings: Map<Part, Reading>; readonly origin: Origin }

const pairs = new WeakMap<SecretObject, Pair>();

export class Credentials {
    private readonly used = new Map<string, Used>();
    private readonly context: Context;
    private readonly files: ReadonlyMap<string, FileContent>;
    private readonly previous: ReadonlyMap<string, SecretEntry>;
    private readonly secrets: ReadonlyMap<string, Placed<"Secret">>;

    constructor(context: Context, files: ReadonlyMap<string, FileContent>, previous: ReadonlyMap<string, SecretEntry>) {
        this.context = context;
        this.files = files;
        this.previous = previous;
        this.secrets = new Map(context.model.secrets.map((secret) => [secret.id, secret]));
    }

    /** The SecretEntry key of a certificate and key in a Secret. */
    pair(credentialName: string, user: CredentialUser): string {
        return this.fromSecret(credentialName, "pair", user);
    }

    /** The SecretEntry key of the CA that belongs to a credential: its `-cacert` Secret, else the Secret itself. */
    caOf(credentialName: string, user: CredentialUser): string {
        const separate = parseCredentialName(`${credentialName}-cacert`, this.context.settings.namespace);
        const isSeparate = !credentialName.endsWith("-cacert") && "name" in separate && this.secrets.has(`${separate.namespace}/${separate.name}`);
        return this.fromSecret(isSeparate ? `${credentialName}-cacert` : credentialName, "ca", user);
    }

    /** The SecretEntry key of exactly this Secret's CA. */
    ca(credentialName: string, user: CredentialUser): string {
        return this.fromSecret(credentialName, "ca", user);
    }

    filePair(certificate: string, privateKey: string, user: CredentialUser): string {
        const key = `file://${certificate}~${privateKey}`;
        return this.use(key, "pair", user, originOf(user.about, user.field), () => {
            const first = this.fileText(certificate, user);
            if ("fault" in first) return first;
            const second = this.fileText(privateKey, user);
            if ("fault" in second) return second;
            const data = { certificate: first.text, privateKey: second.text, ca: "" };
            return checked(data, inspectPair(data.certificate, data.privateKey), `${certificate} and ${privateKey}`);
        });
    }

    fileCa(path: string, user: CredentialUser): string {
        return this.use(`file://${path}`, "ca", user, originOf(user.about, user.field), () => {
            const content = this.fileText(path, user);
            if ("fault" in content) return content;
            return checked({ certificate: "", privateKey: "", ca: content.text }, inspectCa(content.text), path);
        });
    }

    /** All that is used, as far as there is a good version of it. */
    entries(): SecretEntry[] {
        return [...this.used.entries()].flatMap(([key, used]) => this.entryOf(key, used));
    }

    private fromSecret(credentialName: string, part: Part, user: CredentialUser): string {
        const name = parseCredentialName(credentialName, this.context.settings.namespace);
        if ("fault" in name) {
            this.context.report.add("GH0426", user.about, user.field, `${name.fault} Without it ${user.purpose} can't be served.`, name.fix);
            return `invalid://${credentialName}`;
        }
        const id = `${name.namespace}/${name.name}`;
        const secret = this.secrets.get(id);
        const key = `kubernetes://${id}`;
        const origin = secret ? originOf(secret, "") : originOf(user.about, user.field);
        return this.use(key, part, user, origin, () => secret ? readSecret(secret, part) : { fault: this.missing(name.namespace, name.name, user) });
    }

    private use(key: string, part: Part, user: CredentialUser, origin: Origin, read: () => Reading): string {
        const used = this.used.get(key) ?? { parts: new Set<Part>(), readings: new Map<Part, Reading>(), origin };
        this.used.set(key, used);
        const reading = used.readings.get(part) ?? read();
        used.readings.set(part, reading);
        used.parts.add(part);
        this.reportReading(key, part, reading, user);
        return key;
    }

    private reportReading(key: string, part: Part, { fault, inspected }: Reading, user: CredentialUser): void {
        const { report, settings } = this.context;
        if (fault) {
            const kept = this.lastGood(key, part) !== undefined;
            const consequence = kept ? `its last good version stays in force for ${user.purpose}` : `connections for ${user.purpose} are refused`;
            report.add(fault.code, user.about, user.field, `${fault.message}; ${consequence}.`, fault.fix);
            return;
        }
        if (!inspected || part === "ca") return;
        for (const { code, message, fix } of remarksOn(inspected, user.hosts, settings.now)) {
            report.add(code, user.about, user.field, `The certificate of ${key} for ${user.purpose} ${message}.`, fix);
        }
    }

    private entryOf(key: string, { parts, readings, origin }: Used): SecretEntry[] {
        const of = (part: Part): Pick<SecretData, "certificate" | "privateKey" | "ca"> | undefined => {
            const reading = readings.get(part);
            return !parts.has(part) ? undefined : reading?.fault ? this.lastGood(key, part) : reading?.data;
        };
        const pair = of("pair");
        const ca = of("ca");
        if (!pair && !ca) return [];
        const content = { certificate: pair?.certificate ?? "", privateKey: pair?.privateKey ?? "", ca: ca?.ca ?? "" };
        const before = this.previous.get(key);
        const isSame = before?.certificate === content.certificate && before.privateKey === content.privateKey && before.ca === content.ca;
        const fingerprint = isSame ? before.fingerprint : fingerprintOf(content);
        const isKept = [...parts].some((part) => readings.get(part)?.fault);
        return [{ key, ...content, fingerprint, origin: isKept && before ? before.origin : origin }];
    }

    private lastGood(key: string, part: Part): SecretEntry | undefined {
        const before = this.previous.get(key);
        return before && (part === "pair" ? before.certificate : before.ca) !== "" ? before : undefined;
    }

    private missing(namespace: string, name: string, user: CredentialUser): PairFault {
        const elsewhere = [...this.secrets.values()].filter(({ ref }) => ref.name === name).map(({ ref }) => ref.namespace);
        return {
            code: "GH0420",
            message: `There is no Secret ${name} in namespace ${namespace}, the proxy's, where credentials are looked up`,
            fix: elsewhere.length > 0
                ? `There is one in namespace ${listText(elsewhere)}${elsewhere.includes(user.about.ref.namespace) ? ", this object's own" : ""}: put it in ${namespace}.`
                : "",
        };
    }

    private fileText(path: string, user: CredentialUser): { readonly text: string } | { readonly fault: PairFault } {
        const content = this.files.get(path) ?? { error: "it was not read" };
        return "text" in content ? content
            : { fault: { code: "GH0425", message: `File ${path}, which ${user.about.ref.kind} ${user.about.id} names, can't be read: ${content.error}`, fix: "" } };
    }
}

function readSecret(secret: Placed<"Secret">, part: Part): Reading {
    const data = secretData(secret.object);
    const source = `Secret ${secret.id}`;
    if (part === "ca") {
        return data.ca === "" ? { fault: { code: "GH0118", message: `${source}: ${missingCaText(data)}`, fix: "" } } : checked(data, inspectCa(data.ca), source);
    }
    if (data.certificate === "" || data.privateKey === "") return { fault: { code: "GH0118", message: `${source}: ${missingKeysText(data)}`, fix: "" } };
    // Parsing keys is the dearest step of a compilation, and a Secret seldom changes.
    const inspected = pairs.get(secret.object) ?? inspectPair(data.certificate, data.privateKey);
    pairs.set(secret.object, inspected);
    return checked(data, inspected, source);
}

function checked(data: Pick<SecretData, "certificate" | "privateKey" | "ca">, inspected: Pair, source: string): Reading {
    return inspected.fault === undefined ? { data, inspected } : { fault: { ...inspected.fault, message: `${source}: ${inspected.fault.message}` } };
}

function fingerprintOf({ certificate, privateKey, ca }: Pick<SecretData, "certificate" | "privateKey" | "ca">): string {
    return createHash("sha256").update(JSON.stringify([certificate, privateKey, ca])).digest("hex");
}
