/**
 * Certificates and keys by the names objects give them. A credential that is missing or bad is served from the tables
 * in force, where they have it, and is absent otherwise: then its handshakes are refused and everything else goes on.
 */
import { isDeepStrictEqual } from "node:util";
import { inspectLists, remarksOnLists, remarksOnStaple, turningPointsOfLists } from "../../../istio/certificates";
import type { FileContent } from "../../resources/placed-object";
import { keyOfFiles, keyOfNothing, keyOfSecret } from "../../tables/credential-keys";
import type { CompilerContext } from "../context/context";
import type { UsedPart as Part, CredentialReading as Reading, CredentialUser as User, PairFault } from "../context/credential";
import { subjectText } from "../context/place";
import { listText } from "../context/report";
import type { Family, Lookup } from "../graph/graph";
import { inspectCa, inspectPair, NO_CONTENT, readingOf, remarksOn, turningPoints } from "../context/certificate-pair";
import type { CredentialRef, SecretSource } from "./model/credentials";
import { originOf } from "./origin";
import { lastGood } from "./secret-entries";

type SecretRef = Extract<CredentialRef, { kind: "secret" }>;

const NOT_READ: FileContent = { error: "it was not read" };

export class UsedCredentials {
    readonly #context: CompilerContext;
    readonly #secrets: SecretSource;
    readonly #texts: Lookup<ReadonlyMap<string, FileContent>, string, FileContent>;
    readonly #filePairs: Family<string, Reading>;
    readonly #fileLists: Family<string, Reading>;

    constructor(context: CompilerContext, secrets: SecretSource) {
        const { graph, files } = context;
        this.#context = context;
        this.#secrets = secrets;
        this.#texts = graph.lookup(files, (all, path) => all.get(path) ?? NOT_READ, isDeepStrictEqual);
        this.#filePairs = graph.family((key) => this.#readFiles(key));
        this.#fileLists = graph.family((path) => this.#readList(path));
    }

    /** The SecretEntry key of a certificate and its key. */
    pair(ref: CredentialRef, user: User): string {
        return this.#keyOf(ref, "pair", user);
    }

    /** The SecretEntry key of a CA. */
    ca(ref: CredentialRef, user: User): string {
        return this.#keyOf(ref, "ca", user);
    }

    /** The SecretEntry key of a list of revoked certificates. */
    crl(ref: CredentialRef, user: User): string {
        return this.#keyOf(ref, "crl", user);
    }

    #keyOf(ref: CredentialRef, part: Part, user: User): string {
        switch (ref.kind) {
            case "secret":
                return this.#fromSecret(ref, part, user);
            case "files": {
                const { certificate, privateKey } = ref;
                const reading = this.#filePairs.get(JSON.stringify([certificate, privateKey]));
                return this.#use(keyOfFiles(certificate, privateKey), part, user, reading);
            }
            case "file": {
                const reading = part === "crl" ? this.#fileLists.get(ref.path) : this.#filePairs.get(JSON.stringify([ref.path]));
                return this.#use(keyOfFiles(ref.path), part, user, reading);
            }
            case "unclear":
                this.#context.report.add(
                    "GH0426",
                    user.subject,
                    user.field,
                    `${ref.fault} Without it ${user.purpose} can't be served.`,
                    ref.fix,
                );
                return keyOfNothing(ref.text);
            default:
                return ref satisfies never;
        }
    }

    #fromSecret({ namespace, names }: SecretRef, part: Part, user: User): string {
        const name = names.find((one, at) => at === names.length - 1 || this.#secrets.has(`${namespace}/${one}`)) ?? "";
        const id = `${namespace}/${name}`;
        const reading = part === "pair" ? this.#secrets.pair(id) : this.#secrets.ca(id);
        return this.#use(keyOfSecret(namespace, name), part, user, reading ?? { fault: (one) => this.#missing(namespace, name, one) });
    }

    #use(key: string, part: Part, user: User, reading: Reading): string {
        this.#context.graph.say({
            kind: "credential",
            use: { key, part, reading, origin: reading.subject ? originOf(reading.subject, "") : originOf(user.subject, user.field) },
        });
        const { report, graph, previousSecrets } = this.#context;
        if (reading.fault) {
            const { code, message, fix, missing } = reading.fault(user);
            const isKept = lastGood(previousSecrets.get(), key, part) !== undefined;
            const consequence =
                isKept && part !== "crl"
                    ? `its last good version stays in force for ${user.purpose}`
                    : `connections for ${user.purpose} are refused`;
            report.add(code, user.subject, user.field, `${message}; ${consequence}.`, fix, missing);
        } else if (reading.inspected && part === "pair") {
            for (const time of turningPoints(reading.inspected)) graph.holdsUntil(time);
            for (const { code, message, fix } of remarksOn(reading.inspected, user.hosts, graph.now)) {
                report.add(code, user.subject, user.field, `The certificate of ${key} for ${user.purpose} ${message}.`, fix);
            }
        }
        const told = [
            ...(reading.lists ? remarksOnLists(reading.lists, graph.now) : []),
            ...(part === "pair" && reading.data ? remarksOnStaple(reading.data, graph.now) : []),
        ];
        if (reading.lists) for (const time of turningPointsOfLists(reading.lists)) graph.holdsUntil(time);
        for (const { code, message, fix } of told)
            report.add(code, user.subject, user.field, `${key} for ${user.purpose}: ${message}.`, fix);
        return key;
    }

    #missing(namespace: string, name: string, user: User): PairFault {
        const elsewhere = this.#secrets.namespacesOf(name);
        return {
            code: "GH0420",
            missing: { group: "", kind: "Secret", namespace, name },
            message: `There is no Secret ${name} in namespace ${namespace}, the proxy's, where credentials are looked up`,
            fix:
                elsewhere.length > 0
                    ? `There is one in namespace ${listText(elsewhere)}${elsewhere.includes(user.subject.ref.namespace) ? ", this object's own" : ""}: put it in ${namespace}.`
                    : "",
        };
    }

    /** A certificate and its key, or a CA alone. */
    #readFiles(key: string): Reading {
        const paths = JSON.parse(key) as string[];
        const texts: string[] = [];
        for (const path of paths) {
            const content = this.#texts.get(path);
            if ("error" in content) return { fault: (user) => fileFault(path, content.error, user) };
            texts.push(content.text);
        }
        const [first = "", second] = texts;
        if (second === undefined) return readingOf({ ...NO_CONTENT, ca: first }, inspectCa(first), paths[0] ?? "");
        return readingOf({ ...NO_CONTENT, certificate: first, privateKey: second }, inspectPair(first, second), paths.join(" and "));
    }

    #readList(path: string): Reading {
        const content = this.#texts.get(path);
        if ("error" in content) return { fault: (user) => fileFault(path, content.error, user) };
        // An empty file is no list: whoever names one wants somebody kept out.
        return { data: { ...NO_CONTENT, crl: content.text === "" ? "\n" : content.text }, lists: inspectLists(content.text) };
    }
}

function fileFault(path: string, error: string, { subject }: User): PairFault {
    return { code: "GH0425", message: `File ${path}, which ${subjectText(subject)} names, can't be read: ${error}`, fix: "" };
}
