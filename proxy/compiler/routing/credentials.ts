/**
 * Certificates and keys by the names resources give them. A credential that is missing or bad is served from the tables
 * in force, where they have it, and is absent otherwise: then its handshakes are refused and everything else goes on.
 */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
    inspectLists,
    missingCaText,
    missingKeysText,
    remarksOnLists,
    remarksOnStaple,
    secretData,
    turningPointsOfLists,
} from "../../../istio/certificates";
import type { SecretObject } from "../../../istio/types";
import { keyOfFiles, keyOfNothing, keyOfSecret } from "../../tables/credential-keys";
import type { Origin, SecretEntry } from "../../tables/entries";
import { inspectCa, inspectPair, remarksOn, turningPoints, type Pair, type PairFault } from "./certificate-pair";
import type { Context } from "../context/context";
import { parseCredentialName } from "../istio/credential-names";
import type { Family, Lookup, Value } from "../graph/graph";
import type { FileContent } from "../../resources/placed-object";
import { appendTo } from "../graph/lists";
import { byId, type Placed } from "../../resources/model";
import { originOf } from "../context/origin";
import { listText } from "../context/report";
import type {
    CredentialContent as Content,
    CredentialPart as Part,
    CredentialReading as Reading,
    CredentialUse,
    CredentialUser,
} from "../context/said";

const EMPTY: Content = { certificate: "", privateKey: "", ca: "", crl: "", staple: "" };

const pairs = new WeakMap<SecretObject, Pair>();
const NOT_READ: FileContent = { error: "it was not read" };

export class Credentials {
    private readonly context: Context;
    private readonly namespacesOf: Value<ReadonlyMap<string, readonly string[]>>;
    private readonly secrets: Lookup<ReadonlyMap<string, Placed<"Secret">>, string, Placed<"Secret"> | undefined>;
    private readonly pairsOf: Family<Placed<"Secret">, Reading>;
    private readonly casOf: Family<Placed<"Secret">, Reading>;
    private readonly texts: Lookup<ReadonlyMap<string, FileContent>, string, FileContent>;
    private readonly filePairs: Family<string, Reading>;
    private readonly fileLists: Family<string, Reading>;

    constructor(context: Context) {
        const { graph, inputs } = context;
        this.context = context;
        this.namespacesOf = graph.value(() => namespacesByName(inputs.secrets.get()));
        this.secrets = graph.lookup(
            graph.value(() => byId(inputs.secrets.get())),
            (all, id) => all.get(id),
        );
        this.pairsOf = graph.family((secret) => readSecret(secret, "pair"));
        this.casOf = graph.family((secret) => readSecret(secret, "ca"));
        this.texts = graph.lookup(inputs.files, (files, path) => files.get(path) ?? NOT_READ, isDeepStrictEqual);
        this.filePairs = graph.family((key) => this.readFiles(key));
        this.fileLists = graph.family((path) => this.readList(path));
    }

    /** The SecretEntry key of a certificate and key in a Secret. */
    pair(credentialName: string, user: CredentialUser): string {
        return this.fromSecret(credentialName, "pair", user);
    }

    /** The SecretEntry key of the CA that belongs to a credential: its `-cacert` Secret, else the Secret itself. */
    caOf(credentialName: string, user: CredentialUser): string {
        const separate = parseCredentialName(`${credentialName}-cacert`, this.context.settings.namespace);
        const isSeparate =
            !credentialName.endsWith("-cacert") &&
            "name" in separate &&
            this.secrets.get(`${separate.namespace}/${separate.name}`) !== undefined;
        return this.fromSecret(isSeparate ? `${credentialName}-cacert` : credentialName, "ca", user);
    }

    /** The SecretEntry key of exactly this Secret's CA. */
    ca(credentialName: string, user: CredentialUser): string {
        return this.fromSecret(credentialName, "ca", user);
    }

    filePair(certificate: string, privateKey: string, user: CredentialUser): string {
        return this.use(keyOfFiles(certificate, privateKey), "pair", user, this.filePairs.get(JSON.stringify([certificate, privateKey])));
    }

    fileCa(path: string, user: CredentialUser): string {
        return this.use(keyOfFiles(path), "ca", user, this.filePairs.get(JSON.stringify([path])));
    }

    /** The SecretEntry key of a list of revoked certificates. */
    fileCrl(path: string, user: CredentialUser): string {
        return this.use(keyOfFiles(path), "crl", user, this.fileLists.get(path));
    }

    private fromSecret(credentialName: string, part: Part, user: CredentialUser): string {
        const name = parseCredentialName(credentialName, this.context.settings.namespace);
        if ("fault" in name) {
            this.context.report.add(
                "GH0426",
                user.about,
                user.field,
                `${name.fault} Without it ${user.purpose} can't be served.`,
                name.fix,
            );
            return keyOfNothing(credentialName);
        }
        const id = `${name.namespace}/${name.name}`;
        const secret = this.secrets.get(id);
        const reading = secret
            ? (part === "pair" ? this.pairsOf : this.casOf).get(secret)
            : { fault: (one: CredentialUser) => this.missing(name.namespace, name.name, one) };
        return this.use(keyOfSecret(name.namespace, name.name), part, user, reading);
    }

    private use(key: string, part: Part, user: CredentialUser, reading: Reading): string {
        this.context.graph.say({
            kind: "credential",
            use: { key, part, reading, origin: reading.origin ?? originOf(user.about, user.field) },
        });
        const { report, graph, inputs } = this.context;
        if (reading.fault) {
            const { code, message, fix } = reading.fault(user);
            const isKept = lastGood(inputs.previousSecrets.get(), key, part) !== undefined;
            const consequence =
                isKept && part !== "crl"
                    ? `its last good version stays in force for ${user.purpose}`
                    : `connections for ${user.purpose} are refused`;
            report.add(code, user.about, user.field, `${message}; ${consequence}.`, fix);
        } else if (reading.inspected && part === "pair") {
            for (const time of turningPoints(reading.inspected)) graph.holdsUntil(time);
            for (const { code, message, fix } of remarksOn(reading.inspected, user.hosts, graph.now)) {
                report.add(code, user.about, user.field, `The certificate of ${key} for ${user.purpose} ${message}.`, fix);
            }
        }
        const told = [
            ...(reading.lists ? remarksOnLists(reading.lists, graph.now) : []),
            ...(part === "pair" && reading.data ? remarksOnStaple(reading.data, graph.now) : []),
        ];
        if (reading.lists) for (const time of turningPointsOfLists(reading.lists)) graph.holdsUntil(time);
        for (const { code, message, fix } of told) report.add(code, user.about, user.field, `${key} for ${user.purpose}: ${message}.`, fix);
        return key;
    }

    private missing(namespace: string, name: string, user: CredentialUser): PairFault {
        const elsewhere = this.namespacesOf.get().get(name) ?? [];
        return {
            code: "GH0420",
            message: `There is no Secret ${name} in namespace ${namespace}, the proxy's, where credentials are looked up`,
            fix:
                elsewhere.length > 0
                    ? `There is one in namespace ${listText(elsewhere)}${elsewhere.includes(user.about.ref.namespace) ? ", this object's own" : ""}: put it in ${namespace}.`
                    : "",
        };
    }

    /** A certificate and its key, or a CA alone. */
    private readFiles(key: string): Reading {
        const paths = JSON.parse(key) as string[];
        const texts: string[] = [];
        for (const path of paths) {
            const content = this.texts.get(path);
            if ("error" in content) return { fault: (user) => fileFault(path, content.error, user) };
            texts.push(content.text);
        }
        const [first = "", second] = texts;
        if (second === undefined) return checked({ ...EMPTY, ca: first }, inspectCa(first), paths[0] ?? "");
        return checked({ ...EMPTY, certificate: first, privateKey: second }, inspectPair(first, second), paths.join(" and "));
    }

    private readList(path: string): Reading {
        const content = this.texts.get(path);
        if ("error" in content) return { fault: (user) => fileFault(path, content.error, user) };
        // An empty file is no list: whoever names one wants somebody kept out.
        return { data: { ...EMPTY, crl: content.text === "" ? "\n" : content.text }, lists: inspectLists(content.text) };
    }
}

/** All that is used, as far as there is a good version of it; what is as before is the same entry. */
export function secretEntries(uses: Iterable<CredentialUse>, previous: ReadonlyMap<string, SecretEntry>): SecretEntry[] {
    const used = new Map<string, { readonly origin: Origin; readonly readings: Map<Part, Reading> }>();
    for (const { key, part, reading, origin } of uses) {
        const present = used.get(key);
        if (present) present.readings.set(part, present.readings.get(part) ?? reading);
        else used.set(key, { origin, readings: new Map([[part, reading]]) });
    }
    return [...used].flatMap(([key, { origin, readings }]) => entryOf(key, origin, readings, previous) ?? []);
}

function entryOf(
    key: string,
    origin: Origin,
    readings: ReadonlyMap<Part, Reading>,
    previous: ReadonlyMap<string, SecretEntry>,
): SecretEntry | undefined {
    const of = (part: Part): Content | undefined => {
        const reading = readings.get(part);
        if (!reading?.fault) return reading?.data;
        // A list that can't be read has no last good version: who has been taken back since would be let in.
        const before = part === "crl" ? undefined : lastGood(previous, key, part);
        return before && { ...EMPTY, ...before };
    };
    const pair = of("pair");
    const ca = of("ca");
    const list = of("crl");
    if (!pair && !ca && !list) return undefined;
    const crl = list?.crl || readings.get("ca")?.crl || ca?.crl || "";
    const content: Content = {
        certificate: pair?.certificate ?? "",
        privateKey: pair?.privateKey ?? "",
        ca: ca?.ca ?? "",
        crl,
        staple: pair?.staple ?? "",
    };
    const before = previous.get(key);
    const isSame = before !== undefined && fingerprintOf(content) === before.fingerprint;
    const isKept = before !== undefined && [...readings.values()].some(({ fault }) => fault);
    const from = isKept ? before.origin : origin;
    if (isSame && (before.origin === from || isDeepStrictEqual(before.origin, from))) return before;
    const { crl: _crl, staple, ...rest } = content;
    return {
        key,
        ...rest,
        ...(crl === "" ? {} : { crl }),
        ...(staple === "" ? {} : { staple }),
        fingerprint: fingerprintOf(content),
        origin: from,
    };
}

function lastGood(previous: ReadonlyMap<string, SecretEntry>, key: string, part: Part): SecretEntry | undefined {
    const before = previous.get(key);
    return before && (part === "pair" ? before.certificate : before.ca) !== "" ? before : undefined;
}

function fileFault(path: string, error: string, { about }: CredentialUser): PairFault {
    return { code: "GH0425", message: `File ${path}, which ${about.ref.kind} ${about.id} names, can't be read: ${error}`, fix: "" };
}

function namespacesByName(secrets: readonly Placed<"Secret">[]): ReadonlyMap<string, readonly string[]> {
    const namespaces = new Map<string, string[]>();
    for (const { ref } of secrets) appendTo(namespaces, ref.name, ref.namespace);
    return namespaces;
}

function readSecret(secret: Placed<"Secret">, part: Part): Reading {
    return { ...readPart(secret, part), origin: originOf(secret, "") };
}

function readPart(secret: Placed<"Secret">, part: Part): Reading {
    const data = secretData(secret.object);
    const source = `Secret ${secret.id}`;
    if (part === "ca") {
        if (data.ca === "") return faulty({ code: "GH0118", message: `${source}: ${missingCaText(data)}`, fix: "" });
        const lists = inspectLists(data.crl, data.ca, data.unreadList);
        return { ...checked(data, inspectCa(data.ca), source), lists, ...(data.crl === "" ? {} : { crl: data.crl }) };
    }
    if (data.certificate === "" || data.privateKey === "")
        return faulty({ code: "GH0118", message: `${source}: ${missingKeysText(data)}`, fix: "" });
    // Parsing keys is the dearest step of a compilation, and a Secret seldom changes.
    const inspected = pairs.get(secret.object) ?? inspectPair(data.certificate, data.privateKey);
    pairs.set(secret.object, inspected);
    return checked(data, inspected, source);
}

/** What goes on is nothing but the PEM that was judged: what stands around it, OpenSSL might read in another way. */
function checked(data: Content, inspected: Pair, source: string): Reading {
    const { certificate, privateKey, ca } = inspected;
    return inspected.fault === undefined
        ? { data: { ...data, ...(ca === "" ? { certificate, privateKey } : { ca }) }, inspected }
        : faulty({ ...inspected.fault, message: `${source}: ${inspected.fault.message}` });
}

function faulty(fault: PairFault): Reading {
    return { fault: () => fault };
}

function fingerprintOf({ certificate, privateKey, ca, crl, staple }: Content): string {
    return createHash("sha256")
        .update(JSON.stringify([certificate, privateKey, ca, crl, staple]))
        .digest("hex");
}
