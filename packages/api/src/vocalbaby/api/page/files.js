// Files that are dropped on the page, with those in dropped folders.

/** Return the dropped files; the files of a folder are sorted by name. */
export async function droppedFiles(dataTransfer) {
  const items = [...dataTransfer.items].filter((item) => item.kind === "file");
  // All entries are read before the first wait, after which the browser forgets the items.
  const files = items.map((item) => {
    const entry = item.webkitGetAsEntry();
    return entry ? filesOf(entry) : [item.getAsFile()];
  });
  return (await Promise.all(files)).flat();
}

async function filesOf(entry) {
  if (entry.isFile) {
    return [await new Promise((resolve, reject) => { entry.file(resolve, reject); })];
  }
  const entries = await entriesOf(entry.createReader());
  entries.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  return (await Promise.all(entries.map(filesOf))).flat();
}

/** Read until a batch is empty: browsers return at most 100 entries at a time. */
async function entriesOf(reader) {
  const entries = [];
  for (;;) {
    const batch = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (!batch.length) return entries;
    entries.push(...batch);
  }
}
