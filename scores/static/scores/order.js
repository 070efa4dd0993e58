// Shows only the fields that the chosen thing to do uses. Without JavaScript all are shown.
const used = JSON.parse(document.getElementById("used-fields").textContent);
const form = document.getElementById("order");
const fields = new Set(Object.values(used).flat());

function show() {
  const chosen = form.elements.what.value;
  for (const field of fields) {
    form.querySelector(`.form-row.field-${field}`).hidden = !used[chosen]?.includes(field);
  }
}

form.addEventListener("change", show);
show();
