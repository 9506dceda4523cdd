import { countWork, type CountedWork } from "../measure/counted-work.ts";
import type { Bench, Line } from "../measure/line.ts";
import { count, medianTime, type Quantity } from "../measure/quantity.ts";
import { timed } from "../measure/stopwatch.ts";
import { storeThread, Thread } from "../subject/conversation.ts";
import { memoryRegistry } from "../subject/storages.ts";

const LENGTHS = [1_000, 10_000, 100_000];
const FORKS = 25;
const PACKAGES = ["/packages/ecs/dist/", "/packages/storage-memory/dist/"];

/** What a fork looks at: the text of a field, a member of a list, an entity's record. */
const comparisons = ["encodeValue", "#idAt", "differsFromSnapshot"];

interface Measured {
  readonly messages: number;
  readonly load: Quantity;
  readonly read: Quantity;
  readonly fork: Quantity;
  readonly work: CountedWork;
}

export const changeOne: Bench = {
  name: "change-one",
  title: "load a thread, read every message, change one, fork; memory backend",
  async run(): Promise<readonly Line[]> {
    await measure(LENGTHS[0] ?? 0);
    const all: Measured[] = [];
    for (const messages of LENGTHS) all.push(await measure(messages));
    const [first] = all;
    return all.flatMap((one) => linesOf(one, first ?? one));
  },
};

async function measure(messages: number): Promise<Measured> {
  const registry = memoryRegistry();
  const id = await storeThread(registry, messages);
  let thread: Thread | undefined;
  const load = await timed(async () => (thread = await registry.get(Thread, id)));
  if (thread === undefined) throw new Error("the thread was not stored");
  const loaded = thread;
  const read = await timed(() => readAll(loaded));
  const forks: number[] = [];
  for (let i = 1; i <= FORKS; i++)
    forks.push(await timed(() => changeAndFork(loaded, Math.floor((i * messages) / (FORKS + 1)))));
  const work = await countWork(PACKAGES, () => changeAndFork(loaded, messages >> 1));
  return {
    messages,
    load: medianTime([load]),
    read: medianTime([read]),
    fork: medianTime(forks),
    work,
  };
}

function readAll(thread: Thread): void {
  let length = 0;
  for (const message of thread.messages) length += message.content.length + message.role.length;
  if (length === 0) throw new Error("nothing was read");
}

async function changeAndFork(thread: Thread, index: number): Promise<void> {
  const message = thread.messages[index];
  if (message === undefined) throw new Error(`there is no message ${index}`);
  message.content += "!";
  await thread.fork();
}

function linesOf(one: Measured, first: Measured): readonly Line[] {
  const { messages, load, read, fork, work } = one;
  const at = `${messages.toLocaleString("en")} messages`;
  const compared = (measured: Measured) =>
    count(comparisons.reduce((sum, name) => sum + (measured.work.calls.get(name) ?? 0), 0));
  const against = (measured: Quantity) =>
    one === first ? undefined : { what: `at ${first.messages.toLocaleString("en")}`, measured };
  return [
    { what: `load ${at}`, measured: load },
    { what: `read ${at}`, measured: read },
    {
      what: `change one of ${at}, fork: comparisons`,
      measured: compared(one),
      against: against(compared(first)),
      target: { bound: 1 },
    },
    {
      what: `change one of ${at}, fork: steps of code`,
      measured: count(work.steps),
      against: against(count(first.work.steps)),
      target: { bound: 2 },
    },
    {
      what: `change one of ${at}, fork: time`,
      measured: fork,
      against: against(first.fork),
    },
  ];
}
