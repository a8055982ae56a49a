/// What becomes of files of a folder that are no images which can be read.
public enum DamagedFiles: Sendable {
  /// They are errors: what a header shows as soon as the folder is opened, what is wrong with pixels when they are read.
  case refused
  /// They are left out and listed. Each file is decoded once when the folder is opened, to find out.
  case skipped
}
