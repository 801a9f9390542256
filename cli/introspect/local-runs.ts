/** The proxies that `gatehouse up` runs on this machine, as the state folders of its runs say. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { readRun, type LocalProxy } from "../up/run-record";

/** Below a state folder, each run has the folder itself or one of these. */
const RUN = /^run-\d+$/;

/** Of the state folder that is named; otherwise of this folder's and of the stacks' in it. */
export function localProxies(state: string | undefined, cwd: string): LocalProxy[] {
    const states =
        state === undefined ? [path.join(cwd, ".gatehouse"), ...stackStates(path.join(cwd, "stacks"))] : [path.resolve(cwd, state)];
    return states.flatMap((folder) => [folder, ...below(folder, RUN)]).flatMap(readRun);
}

function stackStates(stacks: string): string[] {
    return below(stacks, /./).map((folder) => path.join(folder, ".gatehouse"));
}

function below(folder: string, name: RegExp): string[] {
    if (!existsSync(folder)) return [];
    try {
        return readdirSync(folder, { withFileTypes: true })
            .filter((one) => one.isDirectory() && name.test(one.name))
            .map((one) => path.join(folder, one.name));
    } catch {
        return [];
    }
}
