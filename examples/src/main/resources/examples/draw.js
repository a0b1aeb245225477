'use strict';

const SIDE = 112; // of the drawing that is sent, as in DrawADigit.java
const MARGIN = 6; // of blank paper around it, which tells paper from ink
const PEN = 0.07; // width, as a share of the paper's side
const STEP = 1 / 28; // of the keyboard's pen

const GREETING = 'It reads along while you draw.';

const byId = id => document.getElementById(id);
const pad = byId('pad');
const say = text => { byId('say').textContent = text; };

let strokes = []; // each a list of points, 0 to 1
let stroke = null; // the one being drawn
let photo = null; // a photograph on the paper instead: {bitmap, image}, the latter as the net sees it
let done = false; // taught: the next stroke begins on blank paper
let learning = false;
const pen = {x: 0.5, y: 0.5, shown: false}; // the keyboard's

// Drawing

function ink(context, side) {
  context.lineCap = context.lineJoin = 'round';
  context.lineWidth = PEN * side;
  for (const points of strokes) {
    context.beginPath();
    context.moveTo(points[0].x * side, points[0].y * side);
    points.forEach(p => context.lineTo(p.x * side, p.y * side));
    context.stroke();
  }
}

function paint() {
  const context = pad.getContext('2d');
  const style = getComputedStyle(pad);
  context.clearRect(0, 0, pad.width, pad.height);
  if (photo?.bitmap) {
    const {width, height} = photo.bitmap;
    const scale = Math.min(pad.width / width, pad.height / height);
    context.drawImage(photo.bitmap, (pad.width - scale * width) / 2, (pad.height - scale * height) / 2, scale * width, scale * height);
  }
  context.strokeStyle = style.color;
  ink(context, pad.width);
  if (pen.shown) {
    context.beginPath();
    context.arc(pen.x * pad.width, pen.y * pad.width, PEN * pad.width * 0.7, 0, 7);
    context.lineWidth = 4;
    context.strokeStyle = style.getPropertyValue('--accent');
    context.stroke();
  }
  byId('invitation').hidden = !isBlank();
}

const isBlank = () => strokes.length === 0 && photo === null;

// SIDE x SIDE bytes, dark ink on white paper; of a photograph what the net sees, 28 x 28
function drawing() {
  if (photo) {
    return Uint8Array.from(photo.image);
  }
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const context = canvas.getContext('2d');
  context.translate(MARGIN, MARGIN);
  context.beginPath();
  context.rect(0, 0, SIDE - 2 * MARGIN, SIDE - 2 * MARGIN);
  context.clip();
  ink(context, SIDE - 2 * MARGIN);
  const rgba = context.getImageData(0, 0, SIDE, SIDE).data;
  return Uint8Array.from({length: SIDE * SIDE}, (_, i) => 255 - rgba[4 * i + 3]);
}

function begin(point) {
  if (done || photo) {
    clear();
  }
  stroke = [point];
  strokes.push(stroke);
  changed();
}

function clear() {
  strokes = [];
  stroke = null;
  photo = null;
  done = false;
  say(GREETING);
  changed();
}

function undo() {
  photo = null;
  strokes.pop();
  stroke = null;
  changed();
}

function changed() {
  paint();
  read();
}

// Reading: one request at a time, then the newest drawing

let wanted = 0;
let reading = false;

async function read() {
  wanted++;
  if (reading) {
    return;
  }
  reading = true;
  try {
    for (let seen = -1; seen !== wanted;) {
      seen = wanted;
      show(isBlank() ? null : await ask('read', drawing()));
    }
  } catch (e) {
    say(e.message);
  } finally {
    reading = false;
  }
}

async function ask(what, body) {
  let response;
  try {
    response = await fetch(what, {method: body === undefined ? 'GET' : 'POST', body});
  } catch (e) {
    throw new Error('There is no answer. Is the program still running?');
  }
  if (!response.ok) {
    throw new Error('That did not work: ' + await response.text() + '.');
  }
  return response.json();
}

const percent = share => Math.round(100 * share) + '%';

// What an answer is worth: sure, likely, guess or none
function trust(answer) {
  const share = answer && answer.digit !== null ? answer.probabilities[answer.digit] : 0;
  return share === 0 ? 'none' : answer.verdict !== 'sure' || share < 0.6 ? 'guess' : share < 0.9 ? 'likely' : 'sure';
}

function worth(answer) {
  if (!answer) {
    return 'nothing yet';
  }
  if (answer.digit === null) {
    return 'no digit: it finds no ink';
  }
  const share = percent(answer.probabilities[answer.digit]);
  return answer.verdict !== 'sure' ? `${share}, and perhaps no digit at all`
    : {sure: `${share} sure`, likely: `${share}: likely`, guess: `${share}: only a guess`}[trust(answer)];
}

function show(answer) {
  const digit = answer?.digit ?? null;
  byId('digit').textContent = digit ?? (answer ? '\u2013' : '?');
  byId('answer').dataset.trust = trust(answer);
  byId('digits').classList.toggle('unsure', trust(answer) === 'guess');
  byId('gauge').style.setProperty('--share', digit === null ? 0 : answer.probabilities[digit]);
  byId('sure').textContent = worth(answer);
  image(byId('seen'), answer ? answer.image : new Array(784).fill(0));
  [...byId('digits').children].forEach((button, number) => {
    const share = answer ? answer.probabilities[number] : 0;
    button.classList.toggle('best', number === digit);
    button.querySelector('.bar i').style.setProperty('--share', share);
    button.querySelector('.percent').textContent = share < 0.005 ? '' : percent(share);
    button.setAttribute('aria-label', `That was a ${number}` + (answer ? `; read with ${percent(share)}` : ''));
  });
}

function image(canvas, pixels) {
  const context = canvas.getContext('2d');
  const data = context.createImageData(28, 28);
  pixels.forEach((value, i) => data.data.set([value & 255, value & 255, value & 255, 255], 4 * i)); // Java's bytes have a sign
  context.putImageData(data, 0, 0);
}

// Aloud, so only once the hand has stopped
let pause;
function announce() {
  clearTimeout(pause);
  pause = setTimeout(() => {
    if (reading) {
      announce(); // the answer to the newest drawing is still to come
    } else if (!isBlank() && !learning && !done) {
      const read = byId('answer').dataset.trust === 'none' ? '' : `Reads as ${byId('digit').textContent}: `;
      say(`${read}${byId('sure').textContent}. Wrong? Press the digit that it was.`);
    }
  }, 400);
}

// Teaching

async function teach(digit) {
  if (learning) {
    return;
  }
  if (isBlank()) {
    say('Draw a digit first.');
    return;
  }
  busy(true);
  done = true;
  stroke = null;
  say(`That was a ${digit}. Learning …`);
  try {
    const body = drawing();
    const start = performance.now();
    const lessons = await ask('learn/' + digit, body);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const answer = await ask('read', body);
    if (done) { // else the next one is being drawn by now
      show(answer);
    }
    showLessons(lessons);
    say(answer.digit === digit ? `Learned in ${seconds} s: now it reads ${digit}, ${percent(answer.probabilities[digit])} sure. Draw the next.`
      : `It trained for ${seconds} s and still reads ${answer.digit}. Draw another ${digit} for it to learn from.`);
  } catch (e) {
    done = false;
    say(e.message);
  } finally {
    busy(false);
  }
}

function busy(is) {
  learning = is;
  [...byId('digits').children].forEach(button => button.setAttribute('aria-disabled', is));
}

function showLessons({count, old, before, after, lessons = []}) {
  byId('taught').hidden = byId('forget').hidden = byId('save').hidden = count === 0;
  byId('untaught').hidden = count > 0;
  byId('samples').replaceChildren(...lessons.map(sample));
  byId('question').textContent = `Forget ${count === 1 ? 'the correction' : `all ${count} corrections`}? Only a saved net brings it back.`;
  if (count === 0) {
    return;
  }
  const of = share => `${Math.round(share * count)} of ${count}`;
  const fine = share => (100 * share).toFixed(2) + '%';
  byId('count').textContent = count === 1 ? 'correction' : count + ' corrections';
  byId('old').textContent = old.toLocaleString('en');
  byId('yours-before').textContent = of(before[0]);
  byId('yours-now').textContent = of(after[0]);
  byId('old-before').textContent = fine(before[1]);
  byId('old-now').textContent = fine(after[1]);
}

function sample([digit, read, base64]) {
  const item = document.createElement('li');
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 28;
  image(canvas, Array.from(atob(base64), letter => letter.charCodeAt(0)));
  item.append(canvas, read === digit ? digit : `${read < 0 ? '\u2013' : read} \u2192 ${digit}`);
  return item;
}

byId('forget').addEventListener('click', () => byId('ask').showModal());
byId('ask').addEventListener('close', async () => {
  const answer = byId('ask').returnValue;
  byId('ask').returnValue = ''; // Esc keeps
  if (answer === 'forget') {
    try {
      showLessons(await ask('forget', ''));
      say('It is as it came.');
      read();
    } catch (e) {
      say(e.message);
    }
  }
});

// A file is chosen by a button, or dropped
function chosen(button, take) {
  const input = byId(button + '-file');
  byId(button).addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    if (input.files.length > 0) {
      take(input.files[0]);
      input.value = ''; // the same one may be chosen again
    }
  });
}

chosen('load', async file => {
  try {
    const lessons = await ask('net', file);
    showLessons(lessons);
    say(lessons.count > 0 ? `It knows what ${file.name} was taught (${lessons.count}).`
      : `Now ${file.name} reads; it was not taught here.`);
    read();
  } catch (e) {
    say(e.message);
  }
});

// Photographs

async function take(file) {
  clear();
  say(`Looking at ${file.name} …`);
  try {
    const [answer, bitmap] = await Promise.all([ask('photo', file), createImageBitmap(file).catch(() => null)]); // no browser shows TIFF
    photo = {bitmap, image: answer.image};
    paint();
    show(answer);
    announce();
  } catch (e) {
    say(e.message);
  }
}

chosen('photo', take);

for (const kind of ['dragover', 'dragleave', 'drop']) {
  document.addEventListener(kind, event => {
    event.preventDefault(); // the browser would leave the page for the file
    byId('drop').hidden = kind !== 'dragover';
    byId('invitation').hidden = kind === 'dragover' || !isBlank();
    if (kind === 'drop' && event.dataTransfer.files.length > 0) {
      take(event.dataTransfer.files[0]);
    }
  });
}

// Mouse, pen and finger

const at = event => {
  const box = pad.getBoundingClientRect();
  return {x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height};
};

pad.addEventListener('pointerdown', event => {
  if (event.button !== 0 || !event.isPrimary) {
    return;
  }
  pad.setPointerCapture(event.pointerId); // a stroke may leave the paper and come back
  pen.shown = false;
  begin(at(event));
});

pad.addEventListener('pointermove', event => {
  if (stroke && !pen.shown && event.isPrimary && event.buttons & 1) {
    const all = event.getCoalescedEvents?.() ?? [];
    (all.length > 0 ? all : [event]).forEach(part => stroke.push(at(part)));
    changed();
  }
});

for (const end of ['pointerup', 'pointercancel']) {
  pad.addEventListener(end, () => {
    stroke = null;
    announce();
  });
}

// Keys, while the focus is within the drawing or the reading

const MOVES = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

function move([dx, dy], fine) {
  const step = fine ? STEP / 4 : STEP;
  if (pen.shown) { // the first key only shows where it is
    pen.x = Math.min(1, Math.max(0, pen.x + dx * step));
    pen.y = Math.min(1, Math.max(0, pen.y + dy * step));
  }
  pen.shown = true;
  if (stroke) {
    stroke.push({x: pen.x, y: pen.y});
    changed();
    announce();
  } else {
    paint();
  }
}

function setDownOrLift() {
  pen.shown = true;
  if (stroke) {
    stroke = null;
    say('Pen up.');
    announce();
  } else {
    begin({x: pen.x, y: pen.y});
    say('Pen down.');
  }
}

document.querySelector('main').addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  const onPad = event.target === pad;
  if (/^[0-9]$/.test(event.key)) {
    if (!event.repeat) {
      teach(Number(event.key));
    }
  } else if (event.key === 'Escape' || event.key === 'Delete' || (onPad && event.key === 'Enter')) {
    clear();
  } else if (event.key === 'Backspace') {
    undo();
  } else if (onPad && event.key === ' ') {
    if (!event.repeat) {
      setDownOrLift();
    }
  } else if (onPad && MOVES[event.key]) {
    move(MOVES[event.key], event.shiftKey);
  } else {
    return;
  }
  event.preventDefault();
});

pad.addEventListener('blur', () => {
  if (pen.shown) {
    pen.shown = false;
    stroke = null;
    paint();
  }
});

// The page

for (let digit = 0; digit < 10; digit++) {
  const button = document.createElement('button');
  button.type = 'button';
  button.title = `That was a ${digit}`;
  button.innerHTML = `<span class="bar"><span class="percent"></span><i></i></span><span class="key">${digit}</span>`;
  button.addEventListener('click', () => teach(digit));
  byId('digits').append(button);
}
byId('clear').addEventListener('click', clear);
byId('undo').addEventListener('click', undo);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint);
show(null);
paint();
ask('learned').then(showLessons, e => say(e.message));
