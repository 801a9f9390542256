/** The small pure parts of the command: option values, CPU quotas, stack names, columns. */
import assert from "node:assert/strict";
import path from "node:path";
import { describe, it } from "mocha";
import { proxyCommand } from "../../cli/commands/proxy";
import { cpuQuota } from "../../cli/cpus";
import { CommandError } from "../../cli/exit";
import {
    collectConfig,
    parseAddress,
    parseConcurrency,
    parseEnvironment,
    parseIp,
    parseLabels,
    parsePortOffset,
    parsePortOffsetOrAuto,
    parseSeconds,
} from "../../cli/options";
import { defaultStack, resolveStack, type StackLookup } from "../../cli/stack/resolve";
import { columns, shortPath } from "../../cli/terminal";

describe("gatehouse proxy", () => {
    it("takes the ports of a mesh's proxy for nothing else", async () => {
        const said: string[] = [];
        const command = proxyCommand(() => assert.fail("nothing is served"))
            .exitOverride()
            .configureOutput({
                writeErr: (text) => {
                    said.push(text);
                },
            });
        for (const option of ["--http-proxy", "--transparent"])
            await assert.rejects(command.parseAsync(["--config", ".", option, "127.0.0.1:15080"], { from: "user" }));
        assert.equal(said.join("").match(/--http-proxy and --transparent are for --mode mesh/g)?.length, 2);
        await assert.rejects(command.parseAsync(["--config", ".", "--mode", "mesh", "--http-proxy", "localhost:1"], { from: "user" }));
        assert.match(said.join(""), /Wanted IP:port/);
    });
});

describe("option values", () => {
    it("keep everything after the first = of -c", () => {
        assert.deepEqual(collectConfig("b=x=y", collectConfig("a=")), { a: "", b: "x=y" });
        assert.throws(() => collectConfig("=x"), /Wanted key=value/);
    });

    it("take what Pulumi takes for the name of a stack as an environment", () => {
        for (const good of ["dev", "eu-1.prod_2"]) assert.equal(parseEnvironment(good), good);
        for (const bad of ["", "../x", "a b", "x".repeat(101)]) assert.throws(() => parseEnvironment(bad), /Wanted 1 to 100 letters/);
    });

    it("read labels", () => {
        assert.deepEqual(parseLabels("istio=public, app.kubernetes.io/name=a,"), { istio: "public", "app.kubernetes.io/name": "a" });
        assert.deepEqual(parseLabels(""), {});
        assert.throws(() => parseLabels("istio"), /"istio" has no value/);
    });

    it("refuse numbers that are none, or out of range", () => {
        assert.equal(parsePortOffset("0"), 0);
        assert.equal(parsePortOffsetOrAuto("auto"), "auto");
        for (const bad of ["-1", "65535", "8e3", "", " 1"]) assert.throws(() => parsePortOffset(bad), /from 0 to 65534/);
        assert.throws(() => parseConcurrency("0"), /from 1/);
        assert.equal(parseSeconds("0"), 0);
    });

    it("take an IP address and no name", () => {
        for (const good of ["0.0.0.0", "::", "::1"]) assert.equal(parseIp(good), good);
        for (const bad of ["localhost", "", "1.2.3"]) assert.throws(() => parseIp(bad), /Wanted an IP address/);
    });

    it("take addresses with a port, IPv6 in brackets", () => {
        for (const good of ["127.0.0.1:0", "localhost:15000", "[::1]:15021", "[::]:0"]) assert.equal(parseAddress(good), good);
        for (const bad of ["127.0.0.1", ":80", "::1:80", "127.0.0.1:65536", "127.0.0.1:x"])
            assert.throws(() => parseAddress(bad), /Wanted address:port/);
    });
});

describe("the CPU quota", () => {
    it("is that of control group version 2, a part counted as one", () => {
        assert.equal(cpuQuota({ max: "150000 100000\n" }), 2);
        assert.equal(cpuQuota({ max: "10000 100000" }), 1);
    });

    it("is that of version 1 where there is no version 2", () => {
        assert.equal(cpuQuota({ quota: "400000\n", period: "100000\n" }), 4);
    });

    it("is unknown without a limit", () => {
        for (const files of [{}, { max: "max 100000" }, { quota: "-1", period: "100000" }, { max: "" }])
            assert.equal(cpuQuota(files), undefined);
    });
});

describe("STACK", () => {
    const lookup = (files: readonly string[], cwd = "/work"): StackLookup => ({
        cwd,
        packageRoot: "/pkg",
        isFile: (file) => files.includes(file),
        isFolder: (folder) => files.some((file) => file.startsWith(`${folder}/`)),
        stacksBelow: (folder) => [
            ...new Set(
                files.filter((file) => file.startsWith(`${folder}/`)).map((file) => path.relative(folder, file).split("/")[0] ?? ""),
            ),
        ],
    });

    it("is a path where there is one, a name below stacks/ otherwise", () => {
        const files = lookup([
            "/work/mine/Pulumi.yaml",
            "/work/stacks/mine/Pulumi.yaml",
            "/work/stacks/other/Pulumi.yaml",
            "/pkg/stacks/quickstart/Pulumi.yaml",
        ]);
        assert.equal(resolveStack("mine", files), "/work/mine");
        assert.equal(resolveStack("./mine/Pulumi.yaml", files), "/work/mine");
        assert.equal(resolveStack("stack:mine", files), "/work/stacks/mine");
        assert.equal(resolveStack("other", files), "/work/stacks/other");
        assert.equal(resolveStack("quickstart", files), "/pkg/stacks/quickstart");
    });

    it("that does not exist could not run, and the message lists those that do", () => {
        const missing = (text: string): CommandError => {
            try {
                resolveStack(text, lookup(["/work/stacks/b/Pulumi.yaml", "/pkg/stacks/a/Pulumi.yaml", "/work/plain/readme"]));
            } catch (error) {
                return error as CommandError;
            }
            throw new Error("was found");
        };
        assert.equal(missing("nope").exitCode, 3);
        assert.match(missing("nope").message, /no stack "nope".*there are a, b/);
        assert.match(missing("plain").message, /holds no Pulumi\.yaml/);
        assert.match(missing("stack:../b").message, /no stack "\.\.\/b"/);
    });

    it("left out is the project of the folder, or the quickstart", () => {
        assert.equal(defaultStack(lookup(["/work/Pulumi.yaml"])), "/work");
        assert.equal(defaultStack(lookup(["/pkg/stacks/quickstart/Pulumi.yaml"])), "/pkg/stacks/quickstart");
    });
});

describe("columns", () => {
    it("are as wide as their widest cell, styles not counted, and end without spaces", () => {
        assert.deepEqual(
            columns([
                ["a", "b", ""],
                ["\u001b[1mlonger\u001b[22m", "c", ""],
            ]),
            ["a       b", "\u001b[1mlonger\u001b[22m  c"],
        );
    });
});

describe("a path to show", () => {
    it("is relative below the working folder and as it is elsewhere", () => {
        assert.equal(shortPath(path.join(process.cwd(), "a", "b.ts")), path.join("a", "b.ts"));
        for (const kept of ["/etc/hosts", "a/b", process.cwd()]) assert.equal(shortPath(kept), kept);
    });
});
