/** The house keeps its walls: which room may import which is read from the sources themselves. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "mocha";
import ts from "typescript";
import { root, sourcesBelow } from "../support/checkout";
import { parsed } from "./parsed";

type Room = "components" | "istio" | "proxy" | "engine" | "cli" | "stacks" | "policy" | "samples" | "bench" | "harness" | "page";
const ROOMS: readonly Room[] = ["components", "istio", "proxy", "engine", "cli", "stacks", "policy", "samples", "bench", "harness", "page"];

/** Rooms a room may import by relative path, besides itself. */
const ALLOWED: Record<Room, readonly Room[]> = {
    istio: [],
    proxy: ["istio"],
    components: ["istio"],
    policy: ["istio"],
    engine: ["istio"],
    samples: [],
    page: ["proxy"],
    stacks: [],
    cli: ["istio", "proxy", "engine", "samples", "policy"],
    harness: [],
    bench: ["istio", "proxy", "engine", "samples", "harness"],
};

/** What a folder of the proxy may import of the others, from the bottom up: nothing that stands after it. */
const PROXY: Readonly<Record<string, readonly string[]>> = {
    resources: [],
    tables: [],
    net: [],
    limits: [],
    http: [],
    keys: ["tables"],
    telemetry: ["http", "tables"],
    codec: ["http", "net"],
    tls: ["http", "net", "tables"],
    upstream: ["codec", "http", "net", "tables"],
    snapshot: ["http", "net", "tables", "tls", "upstream"],
    otlp: ["http", "tables", "upstream"],
    tracing: ["http", "otlp", "tables", "telemetry"],
    passwords: [],
    overload: [],
    tcp: ["net", "tables"],
    exchange: ["http", "limits", "net", "passwords", "snapshot", "tables", "tcp", "telemetry", "tls", "tracing", "upstream"],
    listeners: ["http", "net", "snapshot", "tables", "tcp", "telemetry", "tls"],
    log: ["http", "net", "otlp", "tables", "telemetry"],
    compiler: ["http", "resources", "tables"],
    source: ["resources"],
    "ingress-status": ["source"],
    explain: ["codec", "exchange", "http", "net", "snapshot", "tables", "upstream"],
    admin: ["exchange", "explain", "tables", "telemetry"],
    processes: [
        "admin",
        "codec",
        "compiler",
        "exchange",
        "http",
        "keys",
        "limits",
        "listeners",
        "log",
        "net",
        "otlp",
        "overload",
        "snapshot",
        "source",
        "tables",
        "tcp",
        "telemetry",
        "tls",
        "tracing",
        "upstream",
    ],
};

/**
 * What a folder of the compiler may import: of the compiler's others (from the bottom up), and of what is outside what it must
 * not see. Those that read objects make no tables, and those that make tables see no object's fields.
 */
const COMPILER: Readonly<Record<string, { readonly of: readonly string[]; readonly never: readonly string[] }>> = {
    graph: { of: [], never: ["istio", "proxy/tables", "proxy/resources/model"] },
    context: { of: ["graph"], never: [] },
    "routing/model": { of: ["context"], never: ["istio/types", "proxy/resources/model"] },
    routing: { of: ["context", "graph", "routing/model"], never: ["istio/types", "proxy/resources/model"] },
    workloads: { of: ["context", "graph", "routing/model"], never: ["proxy/tables"] },
    kubernetes: { of: ["context", "graph", "routing/model", "workloads"], never: ["proxy/tables"] },
    istio: { of: ["context", "graph", "routing/model", "workloads"], never: ["proxy/tables"] },
    ingress: { of: ["context", "graph", "routing/model"], never: ["proxy/tables"] },
};

/** I/O that a pure room must not have. node:crypto is there for X.509, which computes and touches nothing. */
const PURE_BUILTINS = ["node:crypto", "node:net", "node:url"];

interface Import {
    readonly file: string;
    readonly specifier: string;
}

const read = new Map<string, readonly Import[]>();

function importsOf(file: string): readonly Import[] {
    const found = read.get(file);
    if (found) return found;
    const { importedFiles } = ts.preProcessFile(readFileSync(path.join(root, file), "utf8"), true, true);
    const made = importedFiles.map(({ fileName }) => ({ file, specifier: fileName }));
    read.set(file, made);
    return made;
}

function roomOf(file: string): Room | undefined {
    return ROOMS.find((room) => file.startsWith(`${room}/`));
}

function targetRoom({ file, specifier }: Import): Room | undefined {
    if (!specifier.startsWith(".")) return undefined;
    return roomOf(path.relative(root, path.resolve(root, path.dirname(file), specifier)).concat("/"));
}

const folderOf = (file: string): string => file.split(path.sep)[1] ?? "";

/** The source that a relative specifier means, among those that there are. */
function fileOf({ file, specifier }: Import, known: { has(file: string): boolean }): string | undefined {
    if (!specifier.startsWith(".")) return undefined;
    const target = path.relative(root, path.resolve(root, path.dirname(file), specifier));
    return [`${target}.ts`, path.join(target, "index.ts")].find((one) => known.has(one));
}

/** A way from a file back to itself; undefined: there is none. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
    const done = new Set<string>();
    const way: string[] = [];
    const walk = (file: string): readonly string[] | undefined => {
        const at = way.indexOf(file);
        if (at !== -1) return [...way.slice(at), file];
        if (done.has(file)) return undefined;
        way.push(file);
        for (const next of graph.get(file) ?? []) {
            const found = walk(next);
            if (found) return found;
        }
        way.pop();
        done.add(file);
        return undefined;
    };
    for (const file of graph.keys()) {
        const found = walk(file);
        if (found) return found;
    }
    return undefined;
}

const imports = ROOMS.flatMap((room) => sourcesBelow(room)).flatMap(importsOf);
const texts = (found: readonly Import[]): string[] => found.map(({ file, specifier }) => `${file} imports ${specifier}`);

describe("the house's import rules", () => {
    it("lets a room import only the rooms below it", () => {
        const broken = imports.filter((one) => {
            const from = roomOf(one.file);
            const to = targetRoom(one);
            return from !== undefined && to !== undefined && to !== from && !ALLOWED[from].includes(to);
        });
        assert.deepEqual(texts(broken), []);
    });

    it("has no program outside of its rooms, as a bundle that a build has left behind", () => {
        const programs = readdirSync(root).filter((name) => /\.[cm]?[jt]sx?(?:\.map)?$/.test(name));
        assert.deepEqual(programs, []);
    });

    it("lets nothing but a test import from the tests", () => {
        const below = (one: Import): string => path.relative(root, path.resolve(root, path.dirname(one.file), one.specifier));
        assert.deepEqual(texts(imports.filter((one) => one.specifier.startsWith(".") && below(one).startsWith(`test${path.sep}`))), []);
    });

    it("lets a folder of the proxy import only those that the table has for it, all of them below it", () => {
        const order = Object.keys(PROXY);
        assert.deepEqual(
            order.filter((folder, at) => PROXY[folder]!.some((one) => !order.slice(0, at).includes(one))),
            [],
            "the table has an arrow that goes up",
        );
        const files = sourcesBelow("proxy");
        assert.deepEqual([...new Set(files.filter((file) => file !== "proxy/index.ts").map(folderOf))].sort(), [...order].sort());
        const known = new Set(files);
        const arrows = imports
            .filter(({ file }) => file.startsWith("proxy/") && file !== "proxy/index.ts")
            .flatMap((one) => {
                const target = fileOf(one, known);
                return target === undefined || folderOf(target) === folderOf(one.file)
                    ? []
                    : [{ one, from: folderOf(one.file), to: folderOf(target) }];
            });
        const broken = arrows.filter(({ from, to }) => PROXY[from]?.includes(to) !== true).map(({ one }) => one);
        assert.deepEqual(texts(broken), []);
        const unused = order.flatMap((from) =>
            PROXY[from]!.filter((to) => !arrows.some((arrow) => arrow.from === from && arrow.to === to)).map((to) => `${from} → ${to}`),
        );
        assert.deepEqual(unused, [], "the table has an arrow that nobody needs");
    });

    it("lets a folder of the compiler import only those that the table has for it, and nothing that it must not see", () => {
        const home = "proxy/compiler";
        const order = Object.keys(COMPILER);
        const folders = order.toSorted((a, b) => b.length - a.length);
        const folderIn = (file: string): string => folders.find((one) => file.startsWith(`${home}/${one}/`)) ?? "";
        const files = sourcesBelow(home);
        assert.deepEqual(
            files.filter((file) => folderIn(file) === "" && path.dirname(file) !== home),
            [],
            "a folder is not in the table",
        );
        const known = new Set(ROOMS.flatMap((room) => sourcesBelow(room)));
        const arrows = imports
            .filter(({ file }) => folderIn(file) !== "")
            .map((one) => ({ one, from: folderIn(one.file), target: fileOf(one, known) ?? "" }));
        const broken = arrows.filter(({ from, target }) => {
            const { of, never } = COMPILER[from]!;
            if (!target.startsWith(`${home}/`)) return never.some((one) => target === `${one}.ts` || target.startsWith(`${one}/`));
            return folderIn(target) !== from && !of.includes(folderIn(target));
        });
        assert.deepEqual(texts(broken.map(({ one }) => one)), []);
        const unused = order.flatMap((from) =>
            COMPILER[from]!.of.filter((to) => !arrows.some((one) => one.from === from && folderIn(one.target) === to)).map(
                (to) => `${from} → ${to}`,
            ),
        );
        assert.deepEqual(unused, [], "the table has an arrow that nobody needs");
        assert.deepEqual(
            order.filter((folder, at) => COMPILER[folder]!.of.some((one) => !order.slice(0, at).includes(one))),
            [],
            "the table has an arrow that goes up",
        );
    });

    it("has no circle, of whole imports or of types alone", () => {
        const files = [...ROOMS, "test"].flatMap((room) => sourcesBelow(room));
        const known = new Set(files);
        const graph = new Map(files.map((file) => [file, importsOf(file).flatMap((one) => fileOf(one, known) ?? [])]));
        assert.ok([...graph.values()].flat().length > files.length, "imports are found at all");
        assert.deepEqual(circleIn(graph), undefined);
    });

    it("keeps istio pure: no I/O, no Pulumi", () => {
        const broken = imports.filter(
            ({ file, specifier }) =>
                roomOf(file) === "istio" &&
                (specifier.startsWith("@pulumi/") || (specifier.startsWith("node:") && !PURE_BUILTINS.includes(specifier))),
        );
        assert.deepEqual(texts(broken), []);
    });

    it("keeps Pulumi out of the proxy, the samples and the istio room", () => {
        const broken = imports.filter(
            ({ file, specifier }) => ["proxy", "samples", "istio"].includes(roomOf(file) ?? "") && specifier.startsWith("@pulumi/"),
        );
        assert.deepEqual(texts(broken), []);
    });

    it("lets stacks import the package by its name only", () => {
        const outside = imports.filter(
            (one) => roomOf(one.file) === "stacks" && targetRoom(one) !== undefined && targetRoom(one) !== "stacks",
        );
        assert.deepEqual(texts(outside), []);
    });

    it("keeps node's own HTTP and streams off the data path", () => {
        const dataPath = [
            "proxy/net/",
            "proxy/telemetry/",
            "proxy/http/",
            "proxy/codec/",
            "proxy/exchange/",
            "proxy/upstream/",
            "proxy/listeners/",
            "proxy/tcp/",
            "proxy/tls/",
            "proxy/snapshot/",
        ];
        const broken = imports.filter(
            ({ file, specifier }) =>
                dataPath.some((folder) => file.startsWith(folder)) &&
                ["node:http", "node:https", "node:http2", "node:stream", "node:stream/promises", "undici"].includes(specifier),
        );
        assert.deepEqual(texts(broken), []);
    });

    it("keeps the exchange free of any codec", () => {
        const broken = imports.filter(({ file, specifier }) => file.startsWith("proxy/exchange/") && specifier.includes("codec/"));
        assert.deepEqual(texts(broken), []);
    });

    it("keeps a forwarding to what its host lets it ask", () => {
        const rest = ["exchange", "exchange-state", "passes", "record-of", "runtime", "variables", "trailers", "../telemetry"];
        const broken = imports.filter(
            ({ file, specifier }) => file === "proxy/exchange/forwarding.ts" && rest.includes(specifier.replace("./", "")),
        );
        assert.deepEqual(texts(broken), []);
    });

    it("exports by name only", () => {
        const files = ROOMS.flatMap((room) => sourcesBelow(room));
        assert.deepEqual(
            files.filter((file) => /^export default /m.test(readFileSync(path.join(root, file), "utf8"))),
            [],
        );
    });

    it("has folder indexes that only re-export", () => {
        const indexes = ["istio", "proxy", "components", "engine"]
            .flatMap((room) => sourcesBelow(room))
            .filter((file) => path.basename(file) === "index.ts");
        const loaded = indexes.filter((file) => {
            return parsed(file).statements.some(
                (one) =>
                    !ts.isExportDeclaration(one) &&
                    !ts.isImportDeclaration(one) &&
                    !ts.isInterfaceDeclaration(one) &&
                    !ts.isTypeAliasDeclaration(one),
            );
        });
        // istio/codes/index.ts joins the rooms' tables into the one table: that join is its concept.
        assert.deepEqual(
            loaded.filter((file) => file !== "istio/codes/index.ts"),
            [],
        );
    });
});
