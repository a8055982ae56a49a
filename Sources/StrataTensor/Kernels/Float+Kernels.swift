import CStrataKernels

/// The kernels of `float32` elements.
extension Float: KernelScalar {
  package static func unary(_ kernel: UnaryKernel) -> Unary? {
    switch kernel {
    case .exp: strata_exp_f32
    case .log: strata_log_f32
    case .tanh: strata_tanh_f32
    case .sigmoid: strata_sigmoid_f32
    case .sin: strata_sin_f32
    case .cos: strata_cos_f32
    case .sqrt: strata_sqrt_f32
    case .rsqrt: strata_rsqrt_f32
    case .abs: strata_abs_f32
    case .cube: strata_cube_f32
    case .negate: strata_negate_f32
    case .relu: strata_relu_f32
    case .round: strata_round_f32
    case .sign: strata_sign_f32
    case .floor: strata_floor_f32
    case .ceil: strata_ceil_f32
    case .expm1: strata_expm1_f32
    case .log1p: strata_log1p_f32
    case .erf: strata_erf_f32
    case .isNaN: strata_is_nan_f32
    }
  }

  package static func binary(_ kernel: BinaryKernel) -> Binary? {
    switch kernel {
    case .add: strata_add_f32
    case .subtract: strata_subtract_f32
    case .multiply: strata_multiply_f32
    case .divide: strata_divide_f32
    case .power: strata_power_f32
    case .minimum: strata_minimum_f32
    case .maximum: strata_maximum_f32
    case .equal: strata_equal_f32
    case .notEqual: strata_not_equal_f32
    case .less: strata_less_f32
    case .lessEqual: strata_less_equal_f32
    case .greater: strata_greater_f32
    case .greaterEqual: strata_greater_equal_f32
    case .atan2: strata_atan2_f32
    case .prelu: strata_prelu_f32
    case .preluSlope: strata_prelu_slope_f32
    }
  }

  package static func activation(_ kernel: ActivationKernel) -> (forward: Activation, backward: ActivationBackward) {
    switch kernel {
    case .relu: ({ strata_relu_f32($0, $2, $3) }, { strata_relu_backward_f32($0, $2, $3, $4) })
    case .tanh: ({ strata_tanh_f32($0, $2, $3) }, { strata_tanh_backward_f32($0, $2, $3, $4) })
    case .sigmoid: ({ strata_sigmoid_f32($0, $2, $3) }, { strata_sigmoid_backward_f32($0, $2, $3, $4) })
    case .leakyReLU: (strata_leaky_relu_f32, strata_leaky_relu_backward_f32)
    case .elu: (strata_elu_f32, strata_elu_backward_f32)
    case .gelu: (strata_gelu_f32, strata_gelu_backward_f32)
    case .geluTanh: (strata_gelu_tanh_f32, strata_gelu_tanh_backward_f32)
    case .silu: (strata_silu_f32, strata_silu_backward_f32)
    case .softplus: (strata_softplus_f32, strata_softplus_backward_f32)
    case .selu: (strata_selu_f32, strata_selu_backward_f32)
    case .celu: (strata_celu_f32, strata_celu_backward_f32)
    case .mish: (strata_mish_f32, strata_mish_backward_f32)
    case .logSigmoid: (strata_log_sigmoid_f32, strata_log_sigmoid_backward_f32)
    case .softsign: (strata_softsign_f32, strata_softsign_backward_f32)
    case .softshrink: (strata_softshrink_f32, strata_softshrink_backward_f32)
    case .hardshrink: (strata_hardshrink_f32, strata_hardshrink_backward_f32)
    case .hardswish: (strata_hardswish_f32, strata_hardswish_backward_f32)
    case .hardsigmoid: (strata_hardsigmoid_f32, strata_hardsigmoid_backward_f32)
    }
  }

  package static func activation(_ kernel: RowActivationKernel) -> (
    forward: RowActivation, backward: RowActivationBackward
  ) {
    switch kernel {
    case .softmax: (strata_softmax_f32, strata_softmax_backward_f32)
    case .logSoftmax: (strata_log_softmax_f32, strata_log_softmax_backward_f32)
    }
  }

  package static func reduction(_ kernel: ReductionKernel) -> (rows: RowFunction, columns: ColumnReduction) {
    switch kernel {
    case .sum: (strata_sum_rows_f32, { strata_sum_columns_f32($0, $1, $2, $3, 0, $4) })
    case .max: (strata_max_rows_f32, strata_max_columns_f32)
    case .min: (strata_min_rows_f32, strata_min_columns_f32)
    }
  }

  package static func rows(_ kernel: RowKernel) -> RowFunction? {
    switch kernel {
    case .prod: strata_prod_rows_f32
    case .squaredDeviations: strata_squared_deviation_rows_f32
    case .logSumExp: strata_log_sum_exp_rows_f32
    case .norm: strata_norm_rows_f32
    case .cumulativeSum: strata_cumulative_sum_f32
    case .cumulativeProduct: strata_cumulative_product_f32
    }
  }

  package static func places(_ kernel: PlaceKernel) -> RowPlaces {
    switch kernel {
    case .argmax: strata_argmax_rows_f32
    case .argmin: strata_argmin_rows_f32
    }
  }

  package static let scatterAdd: ScatterAdd<Double> = strata_scatter_add_f32
  package static let argsort: ArgSort = strata_argsort_rows_f32
  package static let top: Top = strata_top_rows_f32

  package static func step(_ kernel: StepKernel) -> (forward: Step, backward: Step) {
    switch kernel {
    case .rnnTanh: (strata_rnn_tanh_forward_f32, strata_rnn_tanh_backward_f32)
    case .rnnReLU: (strata_rnn_relu_forward_f32, strata_rnn_relu_backward_f32)
    case .lstm: (strata_lstm_forward_f32, strata_lstm_backward_f32)
    case .gru: (strata_gru_forward_f32, strata_gru_backward_f32)
    }
  }

  package static let sum = strata_sum_f32
  package static let sumOfSquares = strata_sum_of_squares_f32
  package static let moments: @Sendable (Int, In) -> strata_moments = strata_moments_f32
  package static let prod: @Sendable (Int, In) -> Double = strata_prod_f32
  package static let allFinite = strata_is_finite_f32
  package static let sumColumns = strata_sum_columns_f32

  package static let channelSums = strata_channel_sums_f32
  package static let channelAffine = strata_channel_affine_f32
  package static let rowNorm = strata_row_norm_f32
  package static let rowNormBackward = strata_row_norm_backward_f32

  package static let spread = strata_spread_f32
  package static let unspread = strata_unspread_f32
  package static let convolve = strata_convolve_f32
  package static let convolveGradient = strata_convolve_gradient_f32
  package static let gatherPatches = strata_gather_patches_f32
  package static let fillRows = strata_fill_rows_f32
  package static let copyRows = strata_copy_rows_f32
  package static let maxOfTaps = strata_max_of_taps_f32
  package static let maxOfSquares = strata_max_of_squares_f32
  package static let giveToSquares = strata_give_to_squares_f32
  package static let addToWinners = strata_add_to_winners_f32

  package static let resample = strata_resample_f32
  package static let resampleBack = strata_resample_back_f32
  package static let rangeMax = strata_range_max_f32
  package static let addAt = strata_add_at_f32
  package static let affineSample = strata_affine_sample_f32

  package static let attention = strata_attention_f32
  package static let attentionBackward = strata_attention_backward_f32
  package static let rotate = strata_rotate_f32

  package static let dropout = strata_dropout_f32
  package static let addRows = strata_add_rows_f32

  package static func loss(_ kernel: LossKernel) -> ElementLoss {
    switch kernel {
    case .binaryCrossEntropy: strata_binary_cross_entropy_f32
    case .squaredError: strata_squared_error_f32
    case .absoluteError: strata_absolute_error_f32
    case .huber: strata_huber_error_f32
    case .smoothL1: strata_smooth_l1_f32
    case .logCosh: strata_log_cosh_f32
    case .quantile: strata_quantile_f32
    case .poisson: strata_poisson_f32
    case .poissonRate: strata_poisson_rate_f32
    case .hinge: strata_hinge_f32
    case .squaredHinge: strata_squared_hinge_f32
    case .hingeEmbedding: strata_hinge_embedding_f32
    case .softMargin: strata_soft_margin_f32
    }
  }

  package static let normalDivergence = strata_normal_divergence_f32
  package static let softmaxCrossEntropy = strata_softmax_cross_entropy_f32
  package static let softCrossEntropy = strata_soft_cross_entropy_f32
  package static let binaryCrossEntropyByColumn = strata_binary_cross_entropy_by_column_f32
  package static let negativeEntropy = strata_negative_entropy_f32

  package static let sgd = strata_sgd_f32
  package static let adam = strata_adam_f32
  package static let rmsprop = strata_rmsprop_f32
  package static let adamStep = strata_adam_step_f32
  package static let adagrad = strata_adagrad_f32
  package static let adadelta = strata_adadelta_f32
  package static let lion = strata_lion_f32
  package static let rprop = strata_rprop_f32
}
