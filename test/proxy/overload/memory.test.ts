/** Where the bound of memory comes from, read of files as systems have them. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Memory } from "../../../proxy/overload";
import { memoryPressure } from "../../../proxy/overload/memory";

const MIB = 1024 * 1024;

function read(files: Readonly<Record<string, string>>): Memory {
    return new Memory(20, 10, (file) => files[file]);
}

const MACHINE = {
    "/proc/meminfo": "MemTotal:  8388608 kB\nMemFree: 1 kB\nMemAvailable:  4194304 kB\n",
    "/proc/20/statm": "90000 25600 0 0 0 0 0",
};

describe("the bound of memory", () => {
    it("is the machine's without a container", () => {
        const memory = read({ ...MACHINE, "/proc/self/cgroup": "0::/user.slice\n", "/sys/fs/cgroup/user.slice/memory.max": "max\n" });
        assert.deepEqual(memory.limit, { source: "system", bytes: 8192 * MIB });
        assert.deepEqual(memory.reading(), { own: 100 * MIB, free: 4096 * MIB, reserve: 32 * MIB });
    });

    it("is the container's of cgroup v2, without the files that the kernel keeps", () => {
        const memory = read({
            ...MACHINE,
            "/proc/self/cgroup": "0::/\n",
            "/sys/fs/cgroup/memory.max": String(512 * MIB),
            "/sys/fs/cgroup/memory.current": String(300 * MIB),
            "/sys/fs/cgroup/memory.stat": `anon 1\ninactive_file ${40 * MIB}\nactive_file ${10 * MIB}\n`,
        });
        assert.deepEqual(memory.limit, { source: "cgroup v2", bytes: 512 * MIB });
        assert.equal(memory.reading().free, 262 * MIB);
    });

    it("is the smallest of all groups that the process is in", () => {
        const memory = read({
            ...MACHINE,
            "/proc/self/cgroup": "0::/pod/container\n",
            "/sys/fs/cgroup/pod/container/memory.max": "max",
            "/sys/fs/cgroup/pod/memory.max": String(256 * MIB),
            "/sys/fs/cgroup/pod/memory.current": String(100 * MIB),
            "/sys/fs/cgroup/memory.max": String(1024 * MIB),
            "/sys/fs/cgroup/memory.current": String(100 * MIB),
        });
        assert.equal(memory.limit.bytes, 256 * MIB);
        assert.equal(memory.reading().free, 156 * MIB);
    });

    it("is where the kernel lets processes wait, where that is lower", () => {
        const files = {
            ...MACHINE,
            "/proc/self/cgroup": "0::/pod\n",
            "/sys/fs/cgroup/pod/memory.max": String(512 * MIB),
            "/sys/fs/cgroup/pod/memory.high": String(400 * MIB),
            "/sys/fs/cgroup/pod/memory.current": String(300 * MIB),
        };
        assert.deepEqual([read(files).limit.bytes, read(files).reading().free], [400 * MIB, 100 * MIB]);
        assert.equal(read({ ...files, "/sys/fs/cgroup/pod/memory.high": "max\n" }).limit.bytes, 512 * MIB);
    });

    it("is found at the root where the path is the machine's and not the container's", () => {
        const memory = read({
            ...MACHINE,
            "/proc/self/cgroup": "4:memory:/kubepods/burstable/pod1/c1\n0::/\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": String(200 * MIB),
            "/sys/fs/cgroup/memory/memory.usage_in_bytes": String(120 * MIB),
            "/sys/fs/cgroup/memory/memory.stat": `inactive_file ${99 * MIB}\ntotal_inactive_file ${20 * MIB}\n`,
        });
        assert.deepEqual(memory.limit, { source: "cgroup v1", bytes: 200 * MIB });
        assert.equal(memory.reading().free, 100 * MIB);
    });

    it("is none of v1 that is a number beyond every memory", () => {
        const memory = read({
            ...MACHINE,
            "/proc/self/cgroup": "4:memory:/\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
            "/sys/fs/cgroup/memory/memory.usage_in_bytes": "1",
        });
        assert.equal(memory.limit.source, "system");
    });

    it("is heeded as it is changed", () => {
        const files: Record<string, string> = {
            ...MACHINE,
            "/proc/self/cgroup": "0::/\n",
            "/sys/fs/cgroup/memory.max": String(512 * MIB),
            "/sys/fs/cgroup/memory.current": String(300 * MIB),
        };
        const memory = read(files);
        files["/sys/fs/cgroup/memory.max"] = String(1024 * MIB);
        assert.equal(memory.reading().free, 724 * MIB);
    });

    it("counts what all processes of the proxy hold for themselves, and nothing that they share", () => {
        const memory = read({
            ...MACHINE,
            "/proc/10/task/10/children": "20 21 ",
            "/proc/10/statm": "1 2560 0 0 0 0 0",
            "/proc/20/statm": "1 25600 12800 0 0 0 0",
            "/proc/21/statm": "1 12800 0 0 0 0 0",
        });
        assert.equal(memory.reading().own, (10 + 50 + 50) * MIB);
    });

    it("is no pressure where the system tells nothing", () => {
        assert.equal(memoryPressure(read({}).reading()), 0);
        assert.equal(memoryPressure({ own: 90, free: 10, reserve: 0 }), 0.9);
        assert.equal(memoryPressure({ own: 90, free: -5, reserve: 0 }), 1);
    });

    it("has a reserve that nothing fills, of a small container a tenth", () => {
        assert.equal(memoryPressure({ own: 90, free: 42, reserve: 32 }), 0.9);
        assert.equal(memoryPressure({ own: 90, free: 20, reserve: 32 }), 1);
        for (const [limit, reserve] of [
            [1024, 32],
            [220, 22],
            [64, 6.4],
        ] as const) {
            const memory = read({
                ...MACHINE,
                "/proc/self/cgroup": "0::/\n",
                "/sys/fs/cgroup/memory.max": String(limit * MIB),
                "/sys/fs/cgroup/memory.current": "0",
            });
            assert.equal(memory.reading().reserve, Math.floor(reserve * MIB));
        }
    });

    it("is found on this system", () => {
        const memory = new Memory();
        assert.ok(memory.limit.bytes > 0);
        const { own, free } = memory.reading();
        assert.ok(own > 10 * MIB && free > 0, `${own} ${free}`);
    });
});
