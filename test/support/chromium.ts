/** A real browser, where there is one: Chromium as Debian packages it, or wherever GATEHOUSE_CHROMIUM says. */
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { chromium, type Browser } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Undefined: there is none here. */
export function findChromium(): string | undefined {
    const named = process.env["GATEHOUSE_CHROMIUM"];
    if (named !== undefined && named !== "") return named;
    const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter(Boolean);
    return folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name))).find(isProgram);
}

function isProgram(file: string): boolean {
    try {
        accessSync(file, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}

/** Root has no sandbox of its own, as in containers. */
export async function startChromium(executablePath: string): Promise<Browser> {
    return chromium.launch({
        executablePath,
        headless: true,
        chromiumSandbox: process.getuid?.() !== 0,
        args: ["--disable-gpu", "--disable-dev-shm-usage", "--enable-precise-memory-info"],
    });
}
