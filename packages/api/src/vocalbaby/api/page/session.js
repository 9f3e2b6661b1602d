// What the modules of the page share.

export const session = {
  items: [], // {id, name, file, state, result, error, duration, row, job, timeline}, in the order of arrival
  selected: null, // the item that is shown above the table
  samples: null, // its samples, if the browser can decode them
  classes: ["Canonical", "Non-canonical", "Crying", "Laughing", "Junk"], // until the model is known
};
