/**
 * What waits on this device to be sent: one record per item in IndexedDB, in the order of recording. An item leaves only
 * when the platform says that it is on record, or when its reader discards it.
 */
const NAME = "tanbiao-audit";

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      const store = request.result.createObjectStore("items", { keyPath: "order", autoIncrement: true });
      store.createIndex("case", "case");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function within(mode, act) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction("items", mode, { durability: "strict" });
      const request = act(transaction.objectStore("items"));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** Put an item behind the others; it is on the disk when this returns. */
export const add = (record) => within("readwrite", (store) => store.add(record));
/** Return the items of a case and a person in the order of recording. */
export async function waiting(caseId, person) {
  const found = await within("readonly", (store) => store.index("case").getAll(caseId));
  return found.filter((record) => record.person === person).sort((a, b) => a.order - b.order);
}
export const change = (record) => within("readwrite", (store) => store.put(record));
export const remove = (order) => within("readwrite", (store) => store.delete(order));
