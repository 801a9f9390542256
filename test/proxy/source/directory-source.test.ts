/** A folder as people and Kubernetes change it. */
import assert from "node:assert/strict";
import fs, { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { mock } from "node:test";
import { afterEach, beforeEach, describe, it } from "mocha";
import { findingText } from "../../../istio/findings";
import { startDirectorySource, type DirectorySourceOptions, type RunningSource, type SourceState } from "../../../proxy/source";
import { eventually } from "../../support/eventually";

const vs = (name: string, host = "a.example.com"): string =>
    `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: ${name} }\nspec: { hosts: [${host}], gateways: [g], http: [{ directResponse: { status: 200 } }] }\n`;
const GATEWAY = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: g }
spec:
  selector: { a: b }
  servers: [{ port: { number: 443, name: https, protocol: HTTPS }, hosts: ["*"], tls: { mode: SIMPLE, serverCertificate: /certs/tls.crt, privateKey: /certs/tls.key } }]
`;

describe("a folder of resources", () => {
    let base: string;
    let dir: string;
    let source: RunningSource | undefined;
    let states: SourceState[];
    /** Only events or only polling, where a test is about one of them. */
    const start = async (options: DirectorySourceOptions = {}): Promise<void> => {
        states = [];
        source = await startDirectorySource(
            dir,
            { quietMs: 20, maxWaitMs: 200, pollMs: 60_000, fileRoot: path.join(base, "root"), ...options },
            (state) => {
                states.push(state);
            },
        );
    };
    const write = (name: string, text: string): void => {
        mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
        writeFileSync(path.join(dir, name), text);
    };
    const names = (state = source?.state): string[] => (state?.objects ?? []).map(({ object }) => object.metadata.name);
    const said = (): string => (source?.state.findings ?? []).map(findingText).join("\n");
    const becomes = (...expected: string[]): Promise<void> => eventually(() => assert.deepEqual(names(), expected));

    beforeEach(() => {
        base = mkdtempSync(path.join(tmpdir(), "gatehouse-source-"));
        dir = path.join(base, "config");
        mkdirSync(dir);
    });
    afterEach(() => {
        source?.stop();
        source = undefined;
        rmSync(base, { recursive: true, force: true });
    });

    it("is read once, with all folders below it, before anything else", async () => {
        write("a.yaml", vs("a"));
        write("deep/er/b.yml", vs("b"));
        write(
            "c.json",
            JSON.stringify({
                apiVersion: "networking.istio.io/v1",
                kind: "VirtualService",
                metadata: { name: "c" },
                spec: { hosts: ["c.example.com"], http: [{ directResponse: { status: 200 } }] },
            }),
        );
        write("notes.txt", "kind: [");
        write(".hidden.yaml", vs("hidden"));
        await start();
        assert.deepEqual(states.length, 1);
        assert.deepEqual(names(), ["a", "b", "c"]);
        assert.equal(source?.state, states[0]);
    });

    it("is an empty configuration while it is empty", async () => {
        await start();
        assert.deepEqual(states, [{ objects: [], files: new Map(), findings: [] }]);
    });

    for (const [way, options] of [
        ["events", {}],
        ["polling alone", { pollMs: 40 }],
    ] as const) {
        it(`is followed by ${way}: new, changed, renamed and deleted files, also in new folders`, async () => {
            if (way !== "events") mkdirSync(dir, { recursive: true });
            await start(options);
            write("a.yaml", vs("a"));
            await becomes("a");
            write("new/b.yaml", vs("b"));
            await becomes("a", "b");
            write("new/c.yaml", vs("c"));
            await becomes("a", "b", "c");
            renameSync(path.join(dir, "a.yaml"), path.join(dir, "z.yaml"));
            await eventually(() =>
                assert.equal(
                    source?.state.objects.find(({ object }) => object.metadata.name === "a")?.place?.file,
                    path.join(dir, "z.yaml"),
                ),
            );
            rmSync(path.join(dir, "new"), { recursive: true });
            await becomes("a");
        });
    }

    it("hands on at once what changed together", async () => {
        await start();
        for (const name of ["a", "b", "c", "d"]) write(`${name}.yaml`, vs(name));
        await becomes("a", "b", "c", "d");
        assert.equal(states.length, 2);
    });

    describe("of which a file is replaced by another that is moved into its place", () => {
        const replace = (name: string, text: string): void => {
            write(`.${name}`, text);
            renameSync(path.join(dir, `.${name}`), path.join(dir, name));
        };
        const hosts = (): string => JSON.stringify(source?.state.objects.map(({ object }) => (object as unknown as { spec: object }).spec));
        /** Nobody comes to rest in so long. */
        const patient = { quietMs: 60_000, maxWaitMs: 60_000, pollMs: 60_000 };

        it("is read without waiting for rest", async () => {
            write("a.yaml", vs("a"));
            write("b.yaml", vs("b"));
            await start(patient);
            for (const version of ["1", "2", "3"]) {
                replace("a.yaml", vs("a", `v${version}.example.com`));
                await eventually(() => assert.match(hosts(), new RegExp(`v${version}.example.com`)));
            }
            assert.deepEqual(names(), ["a", "b"]);
            replace("a.yaml", "spec: [");
            await eventually(() => assert.match(said(), /a\.yaml:1/));
            assert.deepEqual(names(), ["a", "b"]);
        });

        it("has what is moved one after the other read together", async () => {
            for (const name of ["a", "b", "c"]) write(`${name}.yaml`, vs(name));
            await start(patient);
            for (const name of ["a", "b", "c"]) replace(`${name}.yaml`, vs(name, "other.example.com"));
            await eventually(() => assert.equal(hosts().split("other.example.com").length, 4));
            assert.equal(states.length, 2);
        });

        it("waits for rest where a file is written in its place, made anew, or swapped with its folder", async () => {
            write("a.yaml", vs("a"));
            mkdirSync(path.join(dir, "..data-1"));
            await start(patient);
            const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 150));
            write("a.yaml", vs("a", "written.example.com"));
            await wait();
            assert.doesNotMatch(hosts(), /written/);
            await source?.refresh();
            assert.match(hosts(), /written/);
            unlinkSync(path.join(dir, "a.yaml"));
            write("a.yaml", vs("a", "anew.example.com"));
            await wait();
            assert.doesNotMatch(hosts(), /anew/);
            await source?.refresh();
            symlinkSync("..data-1", path.join(dir, "..data_tmp"));
            renameSync(path.join(dir, "..data_tmp"), path.join(dir, "..data"));
            replace("a.yaml", vs("a", "swapped.example.com"));
            await wait();
            assert.doesNotMatch(hosts(), /swapped/);
        });

        it("is not read where it is too large, and what it had stays", async () => {
            write("a.yaml", vs("a"));
            await start({ ...patient, maxFileBytes: 400 });
            const read = mock.method(fs, "readFileSync");
            try {
                replace("a.yaml", `${vs("a", "large.example.com")}# ${"x".repeat(400)}\n`);
                await eventually(() => assert.match(said(), /a\.yaml can't be read: it has \d+ bytes, more than 400/));
                assert.equal(read.mock.calls.filter(({ arguments: [file] }) => String(file).endsWith("a.yaml")).length, 0);
                assert.match(hosts(), /a\.example\.com/);
            } finally {
                read.mock.restore();
            }
        });

        it("takes the last of many that come without rest, and takes it soon", async () => {
            write("a.yaml", vs("a"));
            await start(patient);
            const began = states.length;
            for (let round = 1; round <= 300; round++) {
                replace("a.yaml", vs("a", `r${round}.example.com`));
                if (round % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
            }
            await eventually(() => assert.match(hosts(), /r300\.example\.com/));
            assert.ok(states.length - began < 60, `${states.length - began}`);
        });
    });

    it("is read after the longest wait though it never comes to rest", async () => {
        await start({ quietMs: 150, maxWaitMs: 300 });
        let count = 0;
        const busy = setInterval(() => write("busy.yaml", `${vs("busy")}# ${count++}\n`), 20);
        try {
            await becomes("busy");
        } finally {
            clearInterval(busy);
        }
    });

    it("does not call for a change that is none", async () => {
        write("a.yaml", vs("a"));
        await start();
        write("notes.txt", "x");
        await source?.refresh();
        assert.equal(states.length, 1);
    });

    it("swaps a mounted ConfigMap whole: never a file of the old one with a file of the new", async () => {
        const version = (number: number): void => {
            const data = `..data-${number}`;
            mkdirSync(path.join(dir, data));
            for (const name of ["a", "b"]) writeFileSync(path.join(dir, data, `${name}.yaml`), vs(name, `v${number}.example.com`));
            symlinkSync(data, path.join(dir, "..data_tmp"));
            renameSync(path.join(dir, "..data_tmp"), path.join(dir, "..data"));
        };
        version(1);
        for (const name of ["a", "b"]) symlinkSync(`..data/${name}.yaml`, path.join(dir, `${name}.yaml`));
        await start();
        assert.deepEqual(names(), ["a", "b"], "the folders behind the links are not read a second time");
        version(2);
        await eventually(() => assert.match(JSON.stringify(source?.state.objects), /v2/));
        for (const state of states) {
            assert.equal(
                new Set(state.objects.map(({ object }) => JSON.stringify((object as unknown as { spec: { hosts: unknown } }).spec.hosts)))
                    .size,
                1,
            );
        }
        assert.equal(said(), "");
    });

    it("keeps the objects of a file half written, names it, and takes it when it is whole", async () => {
        write("a.yaml", `${vs("a")}---\n${vs("b")}`);
        await start();
        truncateSync(path.join(dir, "a.yaml"), vs("a").length - 10);
        await eventually(() => assert.match(said(), /a\.yaml:\d/));
        assert.deepEqual(names(), ["a", "b"]);
        write("a.yaml", vs("b"));
        await becomes("b");
        assert.equal(said(), "");
    });

    it("keeps the objects of a file that was emptied, until it is written or deleted", async () => {
        write("a.yaml", vs("a"));
        write("b.yaml", vs("b"));
        await start();
        truncateSync(path.join(dir, "a.yaml"), 0);
        truncateSync(path.join(dir, "b.yaml"), 0);
        await eventually(() => assert.match(said(), /a\.yaml can't be read: it is empty now; delete it/));
        assert.deepEqual(names(), ["a", "b"]);
        write("a.yaml", vs("c"));
        unlinkSync(path.join(dir, "b.yaml"));
        await becomes("c");
        assert.equal(said(), "");
    });

    it("keeps the objects of a file that became too large, and of one that leads nowhere", async () => {
        write("a.yaml", vs("a"));
        write("real.txt", vs("b"));
        symlinkSync("real.txt", path.join(dir, "b.yaml"));
        await start({ maxFileBytes: 400 });
        write("a.yaml", `${vs("other")}${"#".repeat(400)}`);
        unlinkSync(path.join(dir, "real.txt"));
        await eventually(() => {
            assert.match(said(), /a\.yaml can't be read: it has \d+ bytes/);
            assert.match(said(), /b\.yaml can't be read: there is no such file/);
        });
        assert.deepEqual(names(), ["a", "b"]);
        write("a.yaml", vs("a"));
        unlinkSync(path.join(dir, "b.yaml"));
        await becomes("a");
        assert.equal(said(), "");
    });

    it("keeps everything when the folder itself goes away, and goes on when it is back", async () => {
        write("a.yaml", vs("a"));
        await start({ pollMs: 30 });
        renameSync(dir, `${dir}-away`);
        await eventually(() => assert.match(said(), /GH0401.*config can't be read: there is no such file/));
        assert.deepEqual(names(), ["a"]);
        renameSync(`${dir}-away`, dir);
        await eventually(() => assert.equal(said(), ""));
        write("b.yaml", vs("b"));
        await becomes("a", "b");
    });

    it("waits for a folder that is not there yet", async () => {
        rmSync(dir, { recursive: true });
        await start({ pollMs: 30 });
        assert.match(said(), /GH0401/);
        write("a.yaml", vs("a"));
        await becomes("a");
        assert.equal(said(), "");
    });

    describe("with something in it that can't be read", () => {
        const unreadable: Readonly<Record<string, () => () => void>> = {
            "a link to nowhere": () => {
                symlinkSync("nowhere", path.join(dir, "b.yaml"));
                return () => unlinkSync(path.join(dir, "b.yaml"));
            },
            "a file that is too large": () => {
                write("b.yaml", "#".repeat(500));
                return () => write("b.yaml", vs("b"));
            },
            ...(process.getuid?.() === 0
                ? {}
                : {
                      "a file that may not be read": () => {
                          write("b.yaml", vs("b"));
                          chmodSync(path.join(dir, "b.yaml"), 0);
                          return () => chmodSync(path.join(dir, "b.yaml"), 0o644);
                      },
                      "a folder that may not be read": () => {
                          write("b/b.yaml", vs("b"));
                          chmodSync(path.join(dir, "b"), 0);
                          return () => chmodSync(path.join(dir, "b"), 0o755);
                      },
                  }),
            "a link that leads to itself": () => {
                symlinkSync("b.yaml", path.join(dir, "b.yaml"));
                return () => unlinkSync(path.join(dir, "b.yaml"));
            },
        };
        for (const [what, make] of Object.entries(unreadable)) {
            it(`is not served from at the start, as it may hold what forbids; later the rest is: ${what}`, async () => {
                write("a.yaml", vs("a"));
                const mend = make();
                await start({ pollMs: 30, maxFileBytes: 400 });
                assert.equal(source?.state.isPartial, true);
                assert.match(
                    said(),
                    /GH0401.*\/b(\.yaml)? can't be read: .* Nobody knows what it forbids: nothing is served before it can be read, or is gone \(/,
                );
                mend();
                await eventually(() => assert.equal(source?.state.isPartial, undefined));
                assert.equal(said(), "");
                assert.ok(names().includes("a"));
                if (names().includes("b")) return;
                make();
                await eventually(() => assert.match(said(), /\/b(\.yaml)? can't be read: [^.]* \(/m));
                assert.deepEqual([source?.state.isPartial, names()], [undefined, ["a"]]);
            });
        }
    });

    it("does not run in circles of links", async () => {
        write("a.yaml", vs("a"));
        mkdirSync(path.join(dir, "sub"));
        symlinkSync("..", path.join(dir, "sub", "up"));
        symlinkSync(".", path.join(dir, "self"));
        symlinkSync("loop.yaml", path.join(dir, "loop.yaml"));
        await start();
        assert.deepEqual(names(), ["a"]);
        assert.match(said(), /loop\.yaml can't be read: its links lead in a circle\. Nobody knows what it forbids/);
    });

    it("does not walk what only looks like files, and says so", async function () {
        if (process.platform !== "linux") this.skip();
        write("a.yaml", vs("a"));
        symlinkSync("/proc", path.join(dir, "processes"));
        symlinkSync("/sys/kernel", path.join(dir, "kernel"));
        // Who reads this one waits for the next message of the kernel.
        symlinkSync("/proc/kmsg", path.join(dir, "messages.yaml"));
        await start();
        assert.deepEqual(names(), ["a"]);
        for (const [name, system] of [
            ["processes", "proc"],
            ["kernel", "sysfs"],
            ["messages.yaml", "proc"],
        ]) {
            assert.match(said(), new RegExp(`${name} can't be read: it lies on a ${system} file system \\(`));
        }
        assert.equal(source?.state.isPartial, undefined);
    });

    it("lets the process do other things while it reads much", async () => {
        write("a.yaml", Array.from({ length: 600 }, (_, i) => vs(`a${i}`)).join("---\n"));
        let turns = 0;
        const count = (): void => {
            turns++;
            if (!isRead) setImmediate(count);
        };
        let isRead = false;
        setImmediate(count);
        await start();
        isRead = true;
        assert.equal(names().length, 600);
        assert.ok(turns >= 3, `${turns} turns`);
    });

    it("reads the documents beside one that is too large", async () => {
        write("a.yaml", `${vs("a")}---\n# ${"x".repeat(8 * 1024 * 1024)}\n${vs("b")}---\n${vs("c")}`);
        await start();
        assert.deepEqual(names(), ["a", "c"]);
        assert.match(said(), /GH0116.*the document has \d+ characters, more than the 8388608 that are read of one/);
    });

    it("goes on when its listener throws", async () => {
        const errors: unknown[] = [];
        source = await startDirectorySource(dir, { quietMs: 10, pollMs: 60_000, onError: (error) => errors.push(error) }, ({ objects }) => {
            if (objects.length === 1) throw new Error("mine");
        });
        write("a.yaml", vs("a"));
        await eventually(() => assert.equal(errors.length, 1));
        write("b.yaml", vs("b"));
        await becomes("a", "b");
    });

    it("calls nobody after it was stopped", async () => {
        await start();
        write("a.yaml", vs("a"));
        source?.stop();
        await source?.refresh();
        assert.equal(states.length, 1);
    });

    describe("with certificates from files", () => {
        const mount = (name: string, text: string): void => {
            mkdirSync(path.dirname(path.join(base, "root", name)), { recursive: true });
            writeFileSync(path.join(base, "root", name), text);
        };
        const file = (name: string): unknown => source?.state.files.get(name);

        it("reads what a Gateway names below the root, and follows each change", async () => {
            mount("certs/tls.crt", "one");
            write("g.yaml", GATEWAY);
            await start();
            assert.deepEqual(file("/certs/tls.crt"), { text: "one" });
            assert.deepEqual(file("/certs/tls.key"), { error: `there is no such file (looked for below ${path.join(base, "root")})` });
            mount("certs/tls.key", "key");
            await eventually(() => assert.deepEqual(file("/certs/tls.key"), { text: "key" }));
            mount("certs/tls.crt", "two");
            await eventually(() => assert.deepEqual(file("/certs/tls.crt"), { text: "two" }));
            const objects = states[0]?.objects;
            assert.equal(states.at(-1)?.objects, objects, "the objects are the same");
        });

        it("sees files appear in folders that were not there, without polling", async () => {
            mkdirSync(path.join(base, "root"));
            write("g.yaml", GATEWAY);
            await start();
            mount("certs/tls.crt", "one");
            await eventually(() => assert.deepEqual(file("/certs/tls.crt"), { text: "one" }));
        });

        it("follows the swap of a mounted Secret, by polling too", async () => {
            const version = (text: string): void => {
                const folder = path.join(base, "root", "certs");
                mkdirSync(path.join(folder, `..${text}`), { recursive: true });
                for (const name of ["tls.crt", "tls.key"]) writeFileSync(path.join(folder, `..${text}`, name), text);
                symlinkSync(`..${text}`, path.join(folder, "..data_tmp"));
                renameSync(path.join(folder, "..data_tmp"), path.join(folder, "..data"));
            };
            version("one");
            for (const name of ["tls.crt", "tls.key"]) symlinkSync(`..data/${name}`, path.join(base, "root", "certs", name));
            write("g.yaml", GATEWAY);
            await start({ pollMs: 40 });
            assert.deepEqual(file("/certs/tls.key"), { text: "one" });
            version("two");
            await eventually(() => assert.deepEqual([file("/certs/tls.crt"), file("/certs/tls.key")], [{ text: "two" }, { text: "two" }]));
        });

        it("never leaves the root, by dots or by links", async () => {
            writeFileSync(path.join(base, "secret.pem"), "secret");
            mount("certs/x", "");
            symlinkSync(path.join(base, "secret.pem"), path.join(base, "root", "certs", "tls.key"));
            write("g.yaml", GATEWAY.replace("/certs/tls.crt", "/../../secret.pem"));
            await start();
            assert.doesNotMatch(JSON.stringify([...(source?.state.files ?? [])]), /"secret"/);
            assert.match(JSON.stringify(file("/certs/tls.key")), /links lead out of/);
        });

        it("reads absolute paths as they are without a root, and no others", async () => {
            writeFileSync(path.join(base, "crt.pem"), "mine");
            write("g.yaml", GATEWAY.replace("/certs/tls.crt", path.join(base, "crt.pem")).replace("/certs/tls.key", "relative.key"));
            await start({ fileRoot: undefined });
            assert.deepEqual(file(path.join(base, "crt.pem")), { text: "mine" });
            assert.deepEqual(file("relative.key"), { error: "the path is not absolute" });
        });

        it("does not read what is no file, or too large", async () => {
            mkdirSync(path.join(base, "root", "certs", "tls.crt"), { recursive: true });
            mount("certs/tls.key", "x".repeat(1024 * 1024 + 1));
            write("g.yaml", GATEWAY);
            await start();
            assert.match(JSON.stringify([file("/certs/tls.crt"), file("/certs/tls.key")]), /not a regular file.*larger than/);
        });
    });

    it("tries a file again that could not be opened", async function () {
        if (process.getuid?.() === 0) this.skip();
        write("a.yaml", vs("a"));
        chmodSync(path.join(dir, "a.yaml"), 0);
        await start({ pollMs: 30 });
        assert.match(said(), /permission is denied/);
        chmodSync(path.join(dir, "a.yaml"), 0o600);
        await becomes("a");
    });
});
