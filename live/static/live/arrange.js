// Puts rows in order and detaches as few as possible: a browser takes the focus, the selection and an ongoing click from
// whatever is detached, if only for a moment.

/**
 * Makes `wanted` the children of `body`. A row whose place is the same is not touched. Where the order allows it, a row
 * that has the focus or a part of the selection is not touched either: the other rows move around it.
 * @param {HTMLElement} body @param {HTMLElement[]} wanted rows that are in `body`, and new ones
 */
export function arrange(body, wanted) {
  const focused = body.contains(document.activeElement) ? document.activeElement : null;
  const still = rowsToLeave([...body.children], wanted);
  const wantedRows = new Set(wanted);
  const focusedPlace = focused ? [...body.children].findIndex((row) => row.contains(focused)) : -1;
  for (const row of [...body.children]) if (!wantedRows.has(row)) row.remove();
  wanted.reduceRight((next, row) => {
    if (!still.has(row)) place(body, row, next);
    return row;
  }, null);
  if (focused && document.activeElement !== focused) focusAgain(body, focused, focusedPlace);
}

function place(body, row, next) {
  if (row.parentNode === body && body.moveBefore) body.moveBefore(row, next);
  else body.insertBefore(row, next);
}

/** A player who left the board cannot keep the focus. The row that is now at that place gets it, not the whole page. */
function focusAgain(body, focused, at) {
  const row = body.children[Math.min(at, body.children.length - 1)];
  const link = body.contains(focused) ? focused : row?.querySelector("a");
  link?.focus({ preventScroll: true });
}

/** The rows that keep their order, chosen by weight. */
function rowsToLeave(present, wanted) {
  const placeNow = new Map(present.map((row, at) => [row, at]));
  const staying = wanted.filter((row) => placeNow.has(row));
  const remaining = present.filter((row) => staying.includes(row));
  const weigh = weights(staying.length + 1);
  const items = staying.map((row, at) => ({
    row,
    now: placeNow.get(row),
    weight: weigh(row, remaining[at] === row),
  }));
  return heaviestIncreasing(items);
}

/** A row in use outweighs every row whose place is the same, and one such row outweighs all others. */
function weights(base) {
  const selection = document.getSelection();
  const isSelected = (row) => !!selection && !selection.isCollapsed && selection.containsNode(row, true);
  return (row, isInPlace) => {
    if (row.contains(document.activeElement)) return 2 * base ** 3;
    if (isSelected(row)) return base ** 2;
    return isInPlace ? base : 1;
  };
}

/** The rows of the increasing subsequence (by `now`) with the greatest sum of weights. */
function heaviestIncreasing(items) {
  const best = [];
  for (const [at, { now, weight }] of items.entries()) {
    best[at] = { sum: weight, before: -1 };
    for (let earlier = 0; earlier < at; earlier += 1) {
      const sum = best[earlier].sum + weight;
      if (items[earlier].now < now && sum > best[at].sum) best[at] = { sum, before: earlier };
    }
  }
  const rows = new Set();
  let at = best.reduce((top, { sum }, index) => (top < 0 || sum > best[top].sum ? index : top), -1);
  for (; at >= 0; at = best[at].before) rows.add(items[at].row);
  return rows;
}
