/**
 * What the engine sends of a resource. @pulumi/policy opens secrets before a policy sees them, so that none could tell a
 * marked key from one in clear; this file keeps what was sent. Where a release of the package has no such place to stand,
 * policies still run, and those that need to know what is secret say nothing.
 */
import { UnknownValueError } from "@pulumi/policy";
import type { Side } from "../resource";
import { childPath, isMapping, UNKNOWN, type Mapping } from "../values";

/** Fixed words of Pulumi's wire format. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
/** What stands for a value that is not known: of any type, a flag, a number, a text, a list, an asset, an archive, a mapping. */
const UNKNOWNS: ReadonlySet<unknown> = new Set([
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Values as they are sent, opened. */
export function opened(sent: Mapping): Side {
    const secretPaths: string[] = [];
    const open = (value: unknown, path: string): unknown => {
        if (UNKNOWNS.has(value)) return UNKNOWN;
        if (Array.isArray(value)) return value.map((item: unknown, index) => open(item, `${path}[${index}]`));
        if (!isMapping(value)) return value;
        if (value[SIGNATURE] === SECRET) {
            secretPaths.push(path);
            return open(value["value"], path);
        }
        if (value[SIGNATURE] === OUTPUT_VALUE) {
            if (value["secret"] === true) secretPaths.push(path);
            return "value" in value ? open(value["value"], path) : UNKNOWN;
        }
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, open(item, childPath(path, key))]));
    };
    return { values: open(sent, "") as Mapping, secretPaths };
}

interface Sent {
    toJavaScript(): Mapping;
}
type Deserialize = (sent: Sent, keepSecrets: boolean) => object;

const sentAs = new WeakMap<object, Sent>();
const sides = new WeakMap<object, Side>();

/** Keeps beside each resource's values how they were sent. */
export function keepWhatIsSent(): void {
    try {
        const place = require("@pulumi/policy/deserialize") as { deserializeProperties?: Deserialize }; // oxlint-disable-line typescript/no-require-imports -- the very object that the package calls
        const { deserializeProperties } = place;
        if (typeof deserializeProperties !== "function") return;
        place.deserializeProperties = (sent, keepSecrets) => {
            const properties = deserializeProperties(sent, keepSecrets);
            sentAs.set(properties, sent);
            return properties;
        };
    } catch {
        // Another release keeps it elsewhere, or lets nobody change it.
    }
}

/** Values behind the package's guard against unknown ones, which throws where such a one is touched. */
function throughGuard(read: () => unknown): unknown {
    try {
        const value = read();
        // Not by map, which touches every item itself.
        if (Array.isArray(value)) return Array.from({ length: value.length }, (_, index) => throughGuard(() => value[index] as unknown));
        if (!isMapping(value)) return value;
        return Object.fromEntries(Object.keys(value).map((key) => [key, throughGuard(() => value[key])]));
    } catch (error) {
        if (error instanceof UnknownValueError) return UNKNOWN;
        throw error;
    }
}

/** What was sent as these properties, the same object for the same message. */
export function sideOf(properties: Mapping): Side {
    const behind = properties["__getSpecialProxyTarget"];
    const sent = typeof behind === "object" && behind !== null ? sentAs.get(behind) : undefined;
    if (!sent) return { values: throughGuard(() => properties) as Mapping, secretPaths: undefined };
    const known = sides.get(sent);
    if (known) return known;
    const side = opened(sent.toJavaScript());
    sides.set(sent, side);
    return side;
}
