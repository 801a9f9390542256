/**
 * The image on a base as distroless has it, from what is on this machine: Node, the libraries that it is linked to, a user without
 * rights, and nothing else. So that no test needs a public registry.
 */
import { chmodSync, copyFileSync, mkdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { run } from "../../../support/gatehouse";
import { script } from "../../../support/scripts";
import type { ContainerDaemon } from "./container-daemon";

/** What `ldd` names: `libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x…)`, or the loader by its path alone. */
async function librariesOf(program: string): Promise<string[]> {
    const { stdout } = await run("ldd", [program]);
    return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, file = ""]) => file);
}

/** Builds it and gives its name. */
export async function buildBase(daemon: ContainerDaemon, name = "base:test"): Promise<string> {
    const context = path.join(daemon.folder, "base");
    const add = (file: string, from: string): void => {
        mkdirSync(path.join(context, "root", path.dirname(file)), { recursive: true });
        copyFileSync(realpathSync(from), path.join(context, "root", file));
    };
    add("nodejs/bin/node", process.execPath);
    for (const library of await librariesOf(process.execPath)) add(library, library);
    for (const folder of ["etc", "tmp", "home/nonroot"]) mkdirSync(path.join(context, "root", folder), { recursive: true });
    chmodSync(path.join(context, "root/tmp"), 0o1777);
    writeFileSync(
        path.join(context, "root/etc/passwd"),
        "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
    );
    writeFileSync(path.join(context, "root/etc/group"), "root:x:0:\nnonroot:x:65532:\n");
    writeFileSync(path.join(context, "Dockerfile"), "FROM scratch\nCOPY root /\n");
    await daemon.ask("build", "--quiet", "--tag", name, context);
    rmSync(context, { recursive: true, force: true });
    return name;
}

/** Builds the image of the sources on that base, and gives the folder that it was built from. */
export async function buildImage(daemon: ContainerDaemon, name: string): Promise<{ readonly base: string; readonly context: string }> {
    const base = await buildBase(daemon);
    const context = path.join(daemon.folder, "image");
    script("image").layOutImage(context);
    await daemon.ask("build", "--build-arg", `BASE=${base}`, "--build-arg", "REVISION=abc123", "--tag", name, context);
    return { base, context };
}
