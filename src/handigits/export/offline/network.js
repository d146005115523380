// A chain of layers run by plain loops: numbers are held in 32 bits and added in 64. Channels lie side by side.

/**
 * A network as a function from a Float32Array (28 * 28) to the probabilities of its classes.
 * `layers`: as handigits describes them, each with the `shapes` of its arrays; `weights`: all arrays, one after another.
 */
export function network(layers, weights) {
  let at = 0;
  const steps = layers.map((layer) => {
    const arrays = {};
    for (const [name, shape] of Object.entries(layer.shapes)) {
      const count = shape.reduce((product, side) => product * side, 1);
      arrays[name] = weights.subarray(at, (at += count));
    }
    return KINDS[layer.layer]({ ...layer, ...arrays });
  });
  return (image) => steps.reduce((tensor, step) => step(tensor), { values: image, height: 28, width: 28, channels: 1 }).values;
}

const each = (change) => (tensor) => ({ ...tensor, values: tensor.values.map((value, at) => change(value, at % tensor.channels)) });

const KINDS = {
  Rescale: ({ scale, offset }) => each((value) => value * scale + offset),
  Relu: () => each((value) => (value > 0 ? value : 0)),
  Flatten: () => (tensor) => ({ values: tensor.values, height: 1, width: 1, channels: tensor.values.length }),
  BatchNorm: ({ scale, shift, mean, variance, epsilon }) =>
    each((value, channel) => ((value - mean[channel]) / Math.sqrt(variance[channel] + epsilon)) * scale[channel] + shift[channel]),
  Softmax: () => (tensor) => {
    const highest = Math.max(...tensor.values);
    const powers = Float64Array.from(tensor.values, (value) => Math.exp(value - highest));
    const sum = powers.reduce((total, power) => total + power);
    return { ...tensor, values: Float32Array.from(powers, (power) => power / sum) };
  },
  Crop: ({ edges: [top, left, bottom, right] }) => (tensor) => bordered(tensor, [-top, -left, -bottom, -right]),
  MaxPool: ({ size }) => (tensor) => maxPool(tensor, size),
  Dense: ({ weight, bias }) => (tensor) => {
    const values = new Float32Array(bias.length);
    products(weight, tensor.values, bias, values, 0);
    return { values, height: 1, width: 1, channels: bias.length };
  },
  Convolution: ({ weight, bias, stride, padding, groups, shapes }) => {
    const [outputs, ...filter] = shapes.weight;
    const shape = [outputs / groups, ...filter]; // of a group
    const parts = inParts(weight, groups).map((part, group) => [channelsLast(part, shape), inParts(bias, groups)[group]]);
    return (tensor) => {
      const whole = padding.some(Boolean) ? bordered(tensor, padding) : tensor;
      return joined(parts.map(([part, its], group) => convolve(channelsOf(whole, group, groups), part, its, stride, shape)));
    };
  },
};

/** (out, in, height, width) to (out, height, width, in). */
function channelsLast(weight, [outputs, inputs, height, width]) {
  const area = height * width;
  const inOrder = new Float32Array(weight.length);
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      for (let place = 0; place < area; place++) {
        inOrder[(output * area + place) * inputs + input] = weight[(output * inputs + input) * area + place];
      }
    }
  }
  return inOrder;
}

/** An array in `count` equal parts. */
function inParts(array, count) {
  const length = array.length / count;
  return Array.from({ length: count }, (_, part) => array.subarray(part * length, (part + 1) * length));
}

/** One of `count` equal parts of the channels. */
function channelsOf(tensor, part, count) {
  if (count === 1) return tensor;
  const channels = tensor.channels / count;
  const values = new Float32Array(tensor.values.length / count);
  for (let pixel = 0, to = 0; to < values.length; pixel++, to += channels) {
    const from = pixel * tensor.channels + part * channels;
    values.set(tensor.values.subarray(from, from + channels), to);
  }
  return { ...tensor, values, channels };
}

/** The channels of several of one size side by side. */
function joined(tensors) {
  const [first] = tensors;
  if (tensors.length === 1) return first;
  const channels = tensors.length * first.channels;
  const values = new Float32Array(tensors.length * first.values.length);
  tensors.forEach((tensor, part) => {
    for (let pixel = 0, from = 0; from < tensor.values.length; pixel++, from += first.channels) {
      values.set(tensor.values.subarray(from, from + first.channels), pixel * channels + part * first.channels);
    }
  });
  return { ...first, values, channels };
}

function convolve(tensor, weight, bias, stride, [outputs, , high, wide]) {
  const height = Math.floor((tensor.height - high) / stride) + 1;
  const width = Math.floor((tensor.width - wide) / stride) + 1;
  const run = wide * tensor.channels;
  const patch = new Float32Array(high * run);
  const values = new Float32Array(height * width * outputs);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += outputs) {
      for (let row = 0; row < high; row++) {
        const from = ((y * stride + row) * tensor.width + x * stride) * tensor.channels;
        for (let place = 0; place < run; place++) patch[row * run + place] = tensor.values[from + place];
      }
      products(weight, patch, bias, values, at);
    }
  }
  return { values, height, width, channels: outputs };
}

/** Each row of `weight` times `input`, plus its bias, into `values` from `at` on. Nearly all time is spent here. */
function products(weight, input, bias, values, at) {
  const length = input.length;
  for (let output = 0, from = 0; output < bias.length; output++) {
    let [even, odd] = [0, 0]; // two sums: a processor adds to both at once
    const last = from + length - 1;
    let place = 0;
    for (; from < last; from += 2, place += 2) {
      even += weight[from] * input[place];
      odd += weight[from + 1] * input[place + 1];
    }
    if (from === last) even += weight[from++] * input[place];
    values[at + output] = even + odd + bias[output];
  }
}

function maxPool({ values, height, width, channels }, size) {
  const [down, across] = [Math.floor(height / size), Math.floor(width / size)];
  const largest = new Float32Array(down * across * channels).fill(-Infinity);
  for (let y = 0; y < down * size; y++) {
    for (let x = 0; x < across * size; x++) {
      const to = (Math.floor(y / size) * across + Math.floor(x / size)) * channels;
      const from = (y * width + x) * channels;
      for (let channel = 0; channel < channels; channel++) {
        if (values[from + channel] > largest[to + channel]) largest[to + channel] = values[from + channel];
      }
    }
  }
  return { values: largest, height: down, width: across, channels };
}

/** With so many rows and columns of zeros around; without them where the number is below zero. */
function bordered({ values, height, width, channels }, [top, left, bottom, right]) {
  const [high, wide] = [height + top + bottom, width + left + right];
  const result = new Float32Array(high * wide * channels);
  for (let y = Math.max(0, -top); y < Math.min(height, height + bottom); y++) {
    const from = (y * width + Math.max(0, -left)) * channels;
    const to = (y * width + Math.min(width, width + right)) * channels;
    result.set(values.subarray(from, to), ((y + top) * wide + Math.max(0, left)) * channels);
  }
  return { values: result, height: high, width: wide, channels };
}
