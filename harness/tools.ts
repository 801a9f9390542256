/** Where programs lie that the project neither brings nor needs: Pulumi, Kubernetes, Istio, a container daemon, its peers. */
import { accessSync, constants } from "node:fs";
import os from "node:os";
import path from "node:path";

/** The path of a tool; undefined where it is not on this machine. */
export function findTool(name: string): string | undefined {
    const folders = [
        process.env.GATEHOUSE_TOOLS ?? "",
        ...(process.env.PATH ?? "").split(path.delimiter),
        path.join(os.homedir(), ".cache/gatehouse-tools"),
        "/usr/sbin",
        "/sbin",
    ];
    return folders
        .filter((folder) => folder !== "")
        .map((folder) => path.join(folder, name))
        .find(isReadable);
}

function isReadable(file: string): boolean {
    try {
        accessSync(file, constants.R_OK);
        return true;
    } catch {
        return false;
    }
}
