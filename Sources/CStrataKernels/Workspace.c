// The workspace of a thread grows to the most that was asked for, and is freed when the thread ends.
#include "Workspace.h"
#include <pthread.h>
#include <stdlib.h>

typedef struct {
  size_t bytes;
  void *memory;
} Workspace;

static pthread_key_t key;

static void release(void *workspace) {
  free(((Workspace *)workspace)->memory);
  free(workspace);
}

static void make_key(void) { pthread_key_create(&key, release); }

void *strata_workspace(size_t bytes) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_key);
  Workspace *workspace = pthread_getspecific(key);
  if (!workspace) {
    if (!(workspace = calloc(1, sizeof *workspace))) abort();
    pthread_setspecific(key, workspace);
  }
  if (workspace->bytes < bytes) {
    free(workspace->memory);
    if (posix_memalign(&workspace->memory, 4096, bytes)) abort();
    workspace->bytes = bytes;
  }
  return workspace->memory;
}
