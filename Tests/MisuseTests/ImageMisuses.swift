import Strata
import StrataImages

private let image = Image(width: 2, height: 1, channels: 1, samples: .uint8([0, 255]))

/// Misuse of images.
let imageMisuses: [String: Misuse] = [
  "samples of another image": Misuse("Image: 5 samples are no image of 2 × 2 pixels with 1 channels") {
    _ = Image(width: 2, height: 2, channels: 1, samples: .uint8([0, 1, 2, 3, 4]))
  },
  "an image of whole numbers": Misuse("Image: int32 of shape [2] is no image; give floating-point [H, W]") {
    _ = Image(Tensor(labels: [0, 1]))
  },
  "an image of five channels": Misuse("Image: float32 of shape [5, 2, 2] is no image", "1 to 4 channels") {
    try writePNG(Tensor(zeros: [5, 2, 2]), to: "/nowhere")
  },
  "samples of 12 bits": Misuse("Image: samples of 12 bits are not possible; give 8 or 16") {
    _ = Image(Tensor(zeros: [2, 2]), bitDepth: 12)
  },
  "five channels of one": Misuse("Image.converted: 5 channels are not possible; give 1 to 4") {
    _ = image.converted(channels: 5)
  },
  "a background brighter than white": Misuse("Image.converted: the background must be from 0 to 1, not 255.0") {
    _ = image.converted(channels: 3, alpha: .composited(onto: 255))
  },
  "a folder of images without channels": Misuse("ImageFolder: 0 channels of 1 pixels are not possible; give 1 to 4") {
    _ = try ImageFolder("/nowhere", channels: 0)
  },
  "a folder of images without rows": Misuse("ImageFolder: 1 channels of [0, 2] pixels are not possible") {
    _ = try ImageFolder("/nowhere", size: [0, 2])
  },
  "a vector as an image": Misuse("resized: float32 of shape [4] has no images; give floating-point [..., H, W]") {
    _ = Tensor(zeros: [4]).resized(to: 2)
  },
  "images of no size": Misuse("resized: size [3, 0] must be from 1 to 1048576") {
    _ = Tensor(zeros: [4, 4]).resized(to: [3, 0])
  },
]
