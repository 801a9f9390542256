/** Where lines go: files that several append to, that are moved away, full, not there, or read by nobody. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, openSync, closeSync, constants, readFileSync, readSync, renameSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { textFormat } from "../../../istio/log-format";
import { AccessLog } from "../../../proxy/log";
import { openSink, type LineSink } from "../../../proxy/log/sink";
import { entriesOf, logEntry } from "../../support/access-logs";
import { eventually } from "../../support/eventually";
import { REQUEST } from "./records";

describe("lines of an access log", () => {
    let folder = "";
    const sinks: LineSink[] = [];
    const open = (file: string, onChange: () => void = () => undefined): LineSink => {
        const sink = openSink(file, onChange);
        sinks.push(sink);
        return sink;
    };
    beforeEach(() => {
        folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-log-"));
    });
    afterEach(() => {
        for (const sink of sinks.splice(0)) sink.close();
        rmSync(folder, { recursive: true, force: true });
    });

    it("are whole, though several append to one file", async () => {
        const file = path.join(folder, "log");
        const several = [open(file), open(file), open(file)];
        for (let at = 0; at < 3_000; at++) several[at % 3]?.write(`${at % 3} ${"x".repeat(at % 300)} end\n`);
        for (const sink of several) sink.close();
        await eventually(() => {
            const lines = readFileSync(file, "utf8").split("\n");
            assert.equal(lines.length, 3_001);
            for (const line of lines.slice(0, -1)) assert.match(line, /^[012] x* end$/);
        }, 5_000);
    });

    it("go to a new file when the old one was moved away, and none is lost", async () => {
        const file = path.join(folder, "log");
        const sink = open(file);
        sink.write("one\n");
        await eventually(() => assert.equal(readFileSync(file, "utf8"), "one\n"), 5_000);
        renameSync(file, `${file}.1`);
        sink.write("two\n");
        sink.reopen();
        sink.write("three\n");
        await eventually(() => {
            assert.equal(readFileSync(`${file}.1`, "utf8") + readFileSync(file, "utf8"), "one\ntwo\nthree\n");
            // What waits while a write is under way comes after it, and goes to the new file.
            assert.match(readFileSync(file, "utf8"), /^(two\n)?three\n$/);
        }, 5_000);
    });

    it("are lost and counted on a full disk, which is told once", async () => {
        const told: string[] = [];
        const sink = open("/dev/full", () => told.push(sink.problem));
        for (let at = 0; at < 3; at++) sink.write("line\n");
        await eventually(() => assert.equal(sink.dropped, 3), 5_000);
        assert.deepEqual(told, ["the disk is full (ENOSPC)"]);
        sink.write("line\n");
        await eventually(() => assert.equal(sink.dropped, 4), 5_000);
        assert.equal(told.length, 1);
    });

    it("begin on a line of their own behind one that the disk took a part of", async function () {
        const file = path.join(folder, "log");
        const limit = (bytes: string): void => void execFileSync("prlimit", [`--fsize=${bytes}:`, "--pid", String(process.pid)]);
        const ignore = (): void => undefined;
        process.on("SIGXFSZ", ignore);
        const sink = open(file);
        try {
            try {
                limit("12");
            } catch {
                return this.skip();
            }
            sink.write("one line\n");
            sink.write("another line\n");
            await eventually(() => assert.equal(sink.problem, "the file is as large as files may be (EFBIG)"), 5_000);
        } finally {
            limit("unlimited");
            process.off("SIGXFSZ", ignore);
        }
        assert.equal(sink.dropped, 1);
        sink.write("the last line\n");
        await eventually(() => assert.equal(readFileSync(file, "utf8"), "one line\nano\nthe last line\n"), 5_000);
    });

    for (const [title, place, problem] of [
        ["a folder that is not there", "no/log", "its folder is not there (ENOENT)"],
        ["a folder", "", "it is a folder (EISDIR)"],
    ] as const)
        it(`are lost and counted where the file is ${title}`, async () => {
            const sink = open(path.join(folder, place));
            assert.equal(sink.problem, problem);
            sink.write("line\n");
            await eventually(() => assert.equal(sink.dropped, 1), 5_000);
        });

    it("are written again once the folder is there", async () => {
        const told: string[] = [];
        const file = path.join(folder, "later", "log");
        const sink = open(file, () => told.push("changed"));
        const first = sink.problem;
        sink.write("lost\n");
        mkdirSync(path.dirname(file));
        await eventually(() => {
            if (!existsSync(file)) sink.write("kept\n");
            assert.match(readFileSync(file, "utf8"), /kept\n$/);
        }, 8_000);
        assert.deepEqual([first, sink.problem, told.length], ["its folder is not there (ENOENT)", "", 2]);
    }).timeout(10_000);

    it("hold nobody up where a pipe has no reader, or one that stalls, and do not mix in it", async () => {
        const pipe = path.join(folder, "pipe");
        execFileSync("mkfifo", [pipe]);
        const sink = open(pipe);
        assert.equal(sink.problem, "nobody reads the pipe (ENXIO)");
        const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
        try {
            const more = open(pipe);
            assert.equal(more.problem, "");
            assert.equal(more.maxLine, 4096);
            const line = `${"x".repeat(999)}\n`;
            for (let at = 0; at < 20_000; at++) more.write(line);
            await eventually(() => assert.ok(more.dropped > 0), 5_000);
            const buffer = Buffer.alloc(1 << 20);
            const count = readSync(reader, buffer);
            for (const one of buffer.toString("latin1", 0, count).split("\n").slice(0, -1)) assert.equal(one.length, 999);
        } finally {
            closeSync(reader);
        }
    });

    it("are cut to what a pipe takes at once, so that they do not mix with another's", () => {
        const lines: string[] = [];
        const sink: LineSink = {
            maxLine: 4096,
            write: (line) => void lines.push(line),
            flushSync() {},
            reopen() {},
            close() {},
            dropped: 0,
            problem: "",
        };
        const log = new AccessLog(undefined, () => sink);
        log.configure(entriesOf(logEntry(textFormat("%REQ(X)% %REQ(Y)% %RESPONSE_CODE%", false))));
        log.requestFinished({ ...REQUEST, requestHeaders: ["x", "é".repeat(50_000), "y", "short"] });
        assert.ok((lines[0]?.length ?? 0) <= 4096);
        assert.match(lines[0] ?? "", /^(\\xe9)+ short 200\n$/);
    });
});
